/** What a receiver's answer means. Success is a 2xx; a redirect is a failure, since whoever it leads to was never vetted. */
export type TryOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly retryAfterMs: number | null }
  /** 410: the receiver wants no more, ever. */
  | { readonly kind: 'gone' };

export function outcomeOfStatus(status: number, retryAfterMs: number | null): TryOutcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  return status === 410 ? { kind: 'gone' } : { kind: 'failed', retryAfterMs };
}
