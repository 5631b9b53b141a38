/** What ai-sdk-client.ts can be told to do. */
export interface FrameworkOrder {
  readonly scenario: 'text' | 'stream' | 'toolRound' | 'object' | 'abort';
  readonly model?: string;
  readonly content?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly baseURL?: string;
  readonly apiKey?: string;
  /** Default: the framework's own, 2. */
  readonly maxRetries?: number;
  /** A name under which a `text` can be aborted, and what `abort` names. */
  readonly abortable?: string;
}
