/**
 * A streamed answer as events, however it is framed on its way: each is one whole server-sent event, bytes and all. What
 * comes in other frames is said in this one, so that whoever reads streams knows only one kind.
 */
export interface EventSplitter {
  /** The events that are whole now, in order. They may share memory with `chunk`. */
  push(chunk: Buffer): Buffer[];
  /** What is left at the end of the stream. `whole` is false for an event that was not ended. */
  rest(): { readonly bytes: Buffer; readonly whole: boolean } | undefined;
  /** Bytes held back because their event is not whole yet. */
  held(): number;
}
