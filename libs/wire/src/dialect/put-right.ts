/** A dialect over the text of a whole answer, as it was recorded: what its client is to hear. */
import { type Dialect, NOTHING_HEARD } from './dialect.ts';

/** `text`: a JSON body, or the events of a stream. */
export function putRight(dialect: Dialect, text: string, isStream: boolean): string {
  if (!isStream) return dialect.whole(text);
  let heard = NOTHING_HEARD;
  return text.split('\n').map((line) => {
    if (!line.startsWith('data: {')) return line;
    const [next, data] = dialect.event(heard, line.slice('data: '.length));
    heard = next;
    return `data: ${data}`;
  }).join('\n');
}
