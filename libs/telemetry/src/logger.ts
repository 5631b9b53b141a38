/** The logger of every process: pino, in JSON lines for machines, or laid out for a person at a terminal. No worker thread. */
import { createRequire } from 'node:module';
import type { Logger } from '@sluice/domain';
import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { PinoPretty } from 'pino-pretty';
import { redact } from './redact.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const isLogLevel = (value: string): value is LogLevel => (LOG_LEVELS as readonly string[]).includes(value);

/** For `readEnvironment`. Throws an Error that says what it must be. */
export function parseLogLevel(text: string): LogLevel {
  if (!isLogLevel(text)) throw new Error(`must be one of ${LOG_LEVELS.join(', ')}, not "${text}"`);
  return text;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** The process: `ingress`, `scheduler`, `worker`. */
  readonly name: string;
  readonly pretty: boolean;
  /** Default: standard output, written synchronously, so that the last line before a crash is kept. */
  readonly destination?: DestinationStream;
}

export function createLogger({ level, name, pretty, destination = pino.destination({ fd: 1, sync: true }) }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { app: name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      errorKey: 'error',
      // Errors are described by `redact`, under whatever key they stand.
      serializers: { err: (value) => value, error: (value) => value },
      formatters: { level: (label) => ({ level: label }), log: redact },
    },
    pretty ? prettyStream(destination) : destination,
  );
}

function prettyStream(destination: DestinationStream): DestinationStream {
  // Loaded only where a person looks on: it would cost every process of an installation start-up time and memory.
  // The cast names the module's own type, which `require` cannot know.
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof PinoPretty;
  const format = prettyFactory({ messageKey: 'message', ignore: 'pid,app', translateTime: 'SYS:HH:MM:ss.l', messageFormat: '{app}: {message}' });
  return { write: (line) => destination.write(format(line)) };
}
