import type { Logger } from '@sluice/domain';

/** What was logged, as `level message`, and all of it as text to search. */
export interface MemoryLog extends Logger {
  readonly lines: readonly string[];
  readonly text: () => string;
}

export function memoryLog(): MemoryLog {
  const lines: string[] = [];
  const all: string[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message}`);
    all.push(JSON.stringify(fields));
  };
  const text = () => [...lines, ...all].join('\n');
  return { lines, text, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
