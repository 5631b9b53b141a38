/** `chat`: one question to a resource, and its answer as it comes. */
import { type Command, EXIT, Stop } from '../command.ts';
import { json } from '../output.ts';

export const chat: Command = {
  words: ['chat'], args: ['RESOURCE', '[TEXT]'], summary: 'Ask a resource; without TEXT, what stands on the input. Needs SLUICE_KEY.',
  options: { priority: { value: 'NAME', summary: 'with this priority' }, system: { value: 'TEXT', summary: 'what it is told first' }, 'max-wait': { value: 'MS', summary: 'how long it may be held' } },
  run: async ({ api, args: [model, content], options, readInput, print, write, say, json: asJson }) => {
    const question = content ?? await readInput();
    if (question.trim() === '') throw new Stop('there is nothing to ask', EXIT.usage);
    const messages = [...(options['system'] === undefined ? [] : [{ role: 'system', content: options['system'] }]), { role: 'user', content: question }];
    const headers = {
      ...(options['priority'] === undefined ? {} : { 'x-sluice-priority': options['priority'] }),
      ...(options['max-wait'] === undefined ? {} : { 'x-sluice-max-wait-ms': options['max-wait'] }),
    };
    const response = await api.data('/chat/completions', { method: 'POST', body: { model, messages, ...(asJson ? {} : { stream: true }) }, headers });
    if (asJson) { print(json(await response.json())); return EXIT.done; }
    for await (const piece of piecesOf(response)) write(piece);
    write('\n');
    const told = (name: string): string | null => response.headers.get(`x-sluice-${name}`);
    if (told('route') !== null) say(`${told('route')}, held ${told('queue-ms') ?? '?'} ms`);
    return EXIT.done;
  },
};

interface Chunk {
  readonly error?: { readonly message: string };
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
}

/** Throws `Stop` when the stream says that it failed, or ends without its end. */
async function* piecesOf(response: Response): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    const lines = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n'); // of a fetch
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const data = line.slice(6).trim();
      if (data === '[DONE]') return;
      const chunk = JSON.parse(data) as Chunk; // Chat's own shape
      if (chunk.error) throw new Stop(chunk.error.message, EXIT.failed);
      const piece = chunk.choices?.[0]?.delta?.content;
      if (piece) yield piece;
    }
  }
  throw new Stop('the answer broke off', EXIT.failed);
}
