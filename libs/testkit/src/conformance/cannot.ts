/**
 * What a target cannot say: the only reasons for which a conversion may be refused. A feature is a predicate on facts; the
 * evidence is a body with the feature, which the target's judge must refuse.
 */
import type { Fact } from '../facts/fact.ts';
import type { Format } from '../judges/judges.ts';

export interface Cannot {
  readonly target: Format;
  readonly feature: string;
  readonly holds: (fact: Fact) => boolean;
  readonly evidence: unknown;
}

const media = (test: (type: string, source: Extract<Fact, { kind: 'media' }>['source']) => boolean) => (fact: Fact): boolean =>
  fact.kind === 'media' && test(fact.type, fact.source);
const setting = (...names: readonly string[]) => (fact: Fact): boolean => fact.kind === 'setting' && names.includes(fact.name);
const foreign = (fact: Fact): boolean => fact.kind === 'foreign' || (fact.kind === 'setting' && fact.name === 'field:tool_choice');

const user = (content: unknown) => [{ role: 'user', content: [content] }];
const messages = (part: unknown) => ({ model: 'm', max_tokens: 1, messages: user(part) });
const field = (name: string, value: unknown) => ({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'x' }], [name]: value });
const converse = (part: unknown) => ({ messages: user(part) });
const responses = (part: unknown) => ({ model: 'm', input: user(part) });
const chat = (part: unknown) => ({ model: 'm', messages: user(part) });

const IMAGES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/*'];
const sound = media((type) => type.startsWith('audio/'));
const video = media((type) => type.startsWith('video/'));

export const CANNOT: readonly Cannot[] = [
  { target: 'messages', feature: 'audio', holds: sound, evidence: messages({ type: 'audio', source: { type: 'base64', media_type: 'audio/wav', data: 'AA==' } }) },
  { target: 'messages', feature: 'video', holds: video, evidence: messages({ type: 'video', source: { type: 'url', url: 'https://a/b' } }) },
  {
    target: 'messages', feature: 'an image of another type', holds: media((type) => type.startsWith('image/') && !IMAGES.includes(type)),
    evidence: messages({ type: 'image', source: { type: 'base64', media_type: 'image/tiff', data: 'AA==' } }),
  },
  {
    target: 'messages', feature: 'a document that is neither PDF nor text',
    holds: media((type, { base64 }) => base64 !== undefined && type.startsWith('application/') && type !== 'application/pdf'),
    evidence: messages({ type: 'document', source: { type: 'base64', media_type: 'application/msword', data: 'AA==' } }),
  },
  { target: 'messages', feature: 'several choices', holds: setting('n'), evidence: field('n', 2) },
  { target: 'messages', feature: 'probabilities', holds: setting('logprobs', 'top_logprobs'), evidence: field('logprobs', true) },
  { target: 'messages', feature: 'bias of tokens', holds: setting('field:logit_bias'), evidence: field('logit_bias', {}) },
  { target: 'messages', feature: 'penalties', holds: setting('presence_penalty', 'frequency_penalty'), evidence: field('presence_penalty', 1) },
  { target: 'messages', feature: 'an answer that is not text', holds: setting('modalities', 'field:audio'), evidence: field('modalities', ['audio']) },
  { target: 'messages', feature: 'a part, a tool or an item of another format', holds: foreign, evidence: messages({ type: 'of_another_format' }) },
  { target: 'responses', feature: 'several choices', holds: setting('n'), evidence: { model: 'm', input: 'x', n: 2 } },
  { target: 'responses', feature: 'video', holds: video, evidence: responses({ type: 'input_video', video_url: 'https://a/b' }) },
  { target: 'responses', feature: 'audio', holds: sound, evidence: responses({ type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }) },
  { target: 'responses', feature: 'penalties', holds: setting('presence_penalty', 'frequency_penalty'), evidence: { model: 'm', input: 'x', presence_penalty: 1 } },
  { target: 'responses', feature: 'bias of tokens', holds: setting('field:logit_bias'), evidence: { model: 'm', input: 'x', logit_bias: {} } },
  { target: 'responses', feature: 'stop sequences', holds: setting('stop'), evidence: { model: 'm', input: 'x', stop: ['a'] } },
  { target: 'responses', feature: 'an answer that is not text', holds: setting('modalities', 'field:audio'), evidence: { model: 'm', input: 'x', modalities: ['audio'] } },
  { target: 'responses', feature: 'a part, a tool or an item of another format', holds: foreign, evidence: responses({ type: 'of_another_format' }) },
  { target: 'chat', feature: 'a part, a tool or an item of another format', holds: foreign, evidence: chat({ type: 'of_another_format' }) },
  {
    target: 'chat', feature: 'what the server keeps', holds: setting('field:previous_response_id', 'field:conversation', 'field:prompt', 'field:background', 'field:container', 'field:mcp_servers'),
    evidence: { model: 'm', messages: [], previous_response_id: 'x' },
  },
  { target: 'converse', feature: 'an image by URL', holds: media((type, { url }) => type.startsWith('image/') && url !== undefined), evidence: converse({ image: { format: 'png', source: { url: 'https://a/b' } } }) },
  { target: 'converse', feature: 'a document by URL or id', holds: media((_type, { url, file }) => (url ?? file) !== undefined), evidence: converse({ document: { format: 'pdf', name: 'a', source: { url: 'https://a/b' } } }) },
  { target: 'converse', feature: 'several choices', holds: setting('n'), evidence: { ...converse({ text: 'x' }), n: 2 } },
  { target: 'converse', feature: 'probabilities', holds: setting('logprobs', 'top_logprobs'), evidence: { ...converse({ text: 'x' }), logprobs: true } },
  { target: 'converse', feature: 'penalties', holds: setting('presence_penalty', 'frequency_penalty'), evidence: { ...converse({ text: 'x' }), inferenceConfig: { presencePenalty: 1 } } },
  { target: 'converse', feature: 'bias of tokens', holds: setting('field:logit_bias'), evidence: { ...converse({ text: 'x' }), logitBias: {} } },
  { target: 'converse', feature: 'an answer that is not text', holds: setting('modalities', 'field:audio'), evidence: { ...converse({ text: 'x' }), modalities: ['audio'] } },
  { target: 'converse', feature: 'a part, a tool or an item of another format', holds: foreign, evidence: converse({ ofAnotherFormat: {} }) },
  { target: 'gemini', feature: 'bias of tokens', holds: setting('field:logit_bias'), evidence: { contents: [], generationConfig: { logitBias: {} } } },
  { target: 'gemini', feature: 'a part, a tool or an item of another format', holds: foreign, evidence: { contents: [{ parts: [{ ofAnotherFormat: {} }] }] } },
];

/** Text, images, function tools, results, reasoning, structured output: never refused, but for an image by URL to Converse. */
export const isFloor = (fact: Fact, target: Format): boolean => {
  switch (fact.kind) {
    case 'text':
    case 'call':
    case 'result':
    case 'thinking':
    case 'replay':
    case 'tool':
      return true;
    case 'media': return IMAGES.includes(fact.type) && !(target === 'converse' && fact.source.url !== undefined) && fact.source.file === undefined;
    case 'setting': return fact.name === 'format' || fact.name.startsWith('reasoning.');
    default: return false;
  }
};
