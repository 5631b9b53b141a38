/** One event of the provider: its name (`event:`, or `:event-type` of binary frames; null where it has none) and its JSON text. */
export interface ProviderEvent {
  readonly name: string | null;
  readonly data: string;
}
