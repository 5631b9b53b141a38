/** Which features of which provider are seen to work: the table of `docs/providers.md`, from a run over the recordings. */
import { createHash } from 'node:crypto';
import type { Fact } from '../facts/fact.ts';
import { readers } from '../facts/read.ts';
import type { Exchange } from '../recordings/exchange.ts';
import { providerIdOf } from './check-error.ts';
import { classOf } from './classes.ts';
import type { Line } from './verdict.ts';

interface Feature {
  readonly name: string;
  readonly asked?: (fact: Fact) => boolean;
  readonly answered?: (fact: Fact) => boolean;
  /** How many facts of the answer it takes; one, unless it says otherwise. */
  readonly times?: number;
  readonly streamed?: true;
  /** Of exchanges that embed. */
  readonly embedded?: true;
}

const media = (kind: string) => (fact: Fact): boolean => fact.kind === 'media' && fact.type.startsWith(kind);
const setting = (name: string) => (fact: Fact): boolean => fact.kind === 'setting' && fact.name.startsWith(name);

const FEATURES: readonly Feature[] = [
  { name: 'text', answered: ({ kind }) => kind === 'text' },
  { name: 'streaming', streamed: true },
  { name: 'images', asked: media('image/') },
  { name: 'files', asked: media('application/') },
  { name: 'audio', asked: media('audio/') },
  { name: 'tools', answered: ({ kind }) => kind === 'call' },
  { name: 'parallel tools', answered: ({ kind }) => kind === 'call', times: 2 },
  { name: 'tool results', asked: ({ kind }) => kind === 'result' },
  { name: 'JSON schema', asked: setting('format') },
  { name: 'reasoning', answered: ({ kind }) => kind === 'thinking' },
  { name: 'signatures', asked: ({ kind }) => kind === 'replay', answered: ({ kind }) => kind === 'replay' },
  { name: 'caching', asked: ({ kind }) => kind === 'cache' },
  { name: 'citations', answered: ({ kind }) => kind === 'citation' },
  { name: 'logprobs', answered: ({ kind }) => kind === 'logprob' },
  { name: 'embeddings', embedded: true },
];

interface Count {
  passed: number;
  failed: number;
}

/** A cell counts exchanges: those of the provider that have the feature and pass every check, of all that are judged. */
export function featureTable(exchanges: readonly Exchange[], lines: readonly Line[]): string {
  const providers = new Map<string, Map<string, Count>>();
  const verdicts = new Map<string, readonly Line[]>();
  for (const line of lines) if (line.check !== 'E') verdicts.set(line.file, [...(verdicts.get(line.file) ?? []), line]);
  for (const exchange of exchanges) {
    const judged = (verdicts.get(exchange.id) ?? []).filter(({ verdict }) => verdict.kind !== 'excluded');
    if (judged.length === 0) continue;
    const id = providerIdOf(exchange);
    const counts = providers.get(id) ?? new Map<string, Count>();
    providers.set(id, counts);
    const failed = judged.some(({ verdict }) => verdict.kind === 'fail');
    for (const feature of featuresOf(exchange)) {
      const count = counts.get(feature) ?? { passed: 0, failed: 0 };
      counts.set(feature, count);
      count[failed ? 'failed' : 'passed'] += 1;
    }
  }
  return tableText(providers);
}

function featuresOf(exchange: Exchange): readonly string[] {
  const told = classOf(exchange);
  if (told.kind === 'embeddings') return FEATURES.filter(({ embedded }) => embedded).map(({ name }) => name);
  if (told.kind !== 'completion' || told.family === 'ollama') return [];
  const { body } = exchange.response;
  const reader = readers[told.family];
  const asked = told.request ? reader.request(exchange.request.bodyText ?? '') : [];
  const whole = told.answer === 'body' && body.length > 0 ? reader.answer(body.toString('utf8')) : [];
  const answered = told.answer === 'stream' ? reader.stream(body) : whole;
  return FEATURES.filter((feature) =>
    (feature.streamed === true && told.answer === 'stream') || asked.some((fact) => feature.asked?.(fact)) || answered.filter((fact) => feature.answered?.(fact)).length >= (feature.times ?? 1))
    .map(({ name }) => name);
}

function tableText(providers: ReadonlyMap<string, ReadonlyMap<string, Count>>): string {
  const cell = (count: Count | undefined) => (count === undefined ? '–' : count.failed === 0 ? `${count.passed}` : `${count.passed} of ${count.passed + count.failed}`);
  const names = FEATURES.map(({ name }) => name);
  const rows = [...providers].sort(([a], [b]) => a.localeCompare(b)).map(([id, counts]) => `| ${id} | ${names.map((name) => cell(counts.get(name))).join(' | ')} |`);
  return [`| provider | ${names.join(' | ')} |`, `|---|${names.map(() => '--:').join('|')}|`, ...rows].join('\n');
}

/** Tells one set of recordings from another: the page is about the one it was made from. */
export const fingerprintOf = (exchanges: readonly Exchange[]): string =>
  createHash('sha256').update(exchanges.map(({ id }) => id).join('\n')).digest('hex').slice(0, 12);

/** The whole page. */
export const providersPage = (exchanges: readonly Exchange[], lines: readonly Line[]): string => `# What is seen to work

Generated by the conformance tests from recorded provider traffic: do not edit. A cell counts the recorded exchanges of a provider that have
the feature and whose conversions pass every check (\`libs/wire/README.md\` says which); – means that none is recorded, not that it cannot work.
A missing row has no conversion yet that its recordings could be held against. Made from ${exchanges.length} exchanges, ${fingerprintOf(exchanges)}.

${featureTable(exchanges, lines)}
`;
