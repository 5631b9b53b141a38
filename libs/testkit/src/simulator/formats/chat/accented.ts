/** Chat Completions with an accent: prepared as OpenAI's, and then said again. */
import { Invalid, listOf, objectOf, prepared, textIn, type Json } from '../read.ts';
import type { Prepared, StreamEvent, WireFormat } from '../format.ts';
import { unnamed } from '../sse.ts';
import type { Accent } from './accents.ts';
import { chatFormat } from './chat.ts';
import { DONE } from './write.ts';

export function accented({ alwaysSaysUsage, whole, chunks, endsWithDone }: Accent): WireFormat {
  const events = (answer: Prepared, usage: Parameters<Prepared['events']>[0]): readonly StreamEvent[] => {
    const plain = answer.events(usage).filter(({ data }) => data !== DONE);
    const tokens = plain.reduce((sum, event) => sum + event.tokens, 0);
    const said = chunks(plain.map(({ data }) => JSON.parse(String(data).slice('data: '.length)) as Json)); // written by the format itself
    // What was produced counts with the pieces, the rest with the last: an accent has more of them, or fewer.
    const each = said.map((piece, at): StreamEvent => ({
      data: typeof piece === 'string' ? `${piece}\n\n` : unnamed(JSON.stringify(piece)), tokens: at === said.length - 1 ? tokens - Math.min(tokens, said.length - 1) : at < tokens ? 1 : 0,
    }));
    return endsWithDone ? [...each, { data: DONE, tokens: 0 }] : each;
  };
  return {
    ...chatFormat,
    prepare(json, given) {
      const asked = objectOf(json);
      const asking = alwaysSaysUsage && asked['stream'] === true ? { ...asked, stream_options: { ...objectOf(asked['stream_options']), include_usage: true } } : json;
      const answer = chatFormat.prepare(asking, given);
      if ('kind' in answer) return answer;
      return { ...answer, body: (usage) => JSON.stringify(whole(JSON.parse(answer.body(usage)) as Json)), events: (usage) => events(answer, usage) }; // as above
    },
  };
}

const MISTRAL_ID = /^[A-Za-z0-9]{9}$/;

/** Mistral refuses ids that it could not have given. */
export const strictAboutIds = (format: WireFormat): WireFormat => ({
  ...format,
  prepare: (json, given) => {
    const checked = prepared(() => {
      const ids = listOf(objectOf(json)['messages']).map(objectOf).flatMap((message) =>
        [textIn(message['tool_call_id']), ...listOf(message['tool_calls']).map((call) => textIn(objectOf(call)['id']))].flatMap((id) => id ?? []));
      const wrong = ids.find((id) => !MISTRAL_ID.test(id));
      if (wrong !== undefined) throw new Invalid(`Tool call id was ${wrong} but must be a-z, A-Z, 0-9, with a length of 9.`);
      return {};
    });
    return 'kind' in checked ? checked : format.prepare(json, given);
  },
});
