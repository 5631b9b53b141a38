/** What the screen shows of a child: warnings, errors, and what it says outside its log, such as the stack of its crash. */

const WORTH_SHOWING = ['warn', 'error', 'fatal'];

/** The line as a person reads it, or undefined when the log file is enough. */
export function worthShowing(line: string, output: 'stdout' | 'stderr'): string | undefined {
  const entry = asEntry(line);
  if (entry === undefined) return output === 'stderr' && line.trim() !== '' ? line : undefined;
  const { level, message, error } = entry;
  if (typeof level !== 'string' || !WORTH_SHOWING.includes(level)) return undefined;
  const reason = typeof error === 'object' && error !== null && 'message' in error ? `: ${String(error.message)}` : '';
  return `${level}: ${String(message)}${reason}`;
}

function asEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>; // braces make it an object
  } catch {
    return undefined; // text that only looks like JSON is shown as it is
  }
}

/** Lines shown of one child in `SPAN_MS`: a storm of errors must not drown the screen. */
const AT_MOST = 10;
const SPAN_MS = 10_000;

/** Shows at most so many lines in a while, and says once that there are more. */
export function calmly(show: (line: string) => void, more: string, now: () => number): (line: string) => void {
  let began = -Infinity;
  let count = 0;
  return (line) => {
    if (now() - began > SPAN_MS) {
      began = now();
      count = 0;
    }
    count += 1;
    if (count <= AT_MOST) show(line);
    else if (count === AT_MOST + 1) show(more);
  };
}
