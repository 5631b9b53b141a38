/** The logger every part is handed (pino's shape). Never pass a prompt, an answer, a key or a credential. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Anything with a loop or a connection: started by a function, stopped once or more, idempotently. */
export interface Part {
  stop(): Promise<void>;
}
