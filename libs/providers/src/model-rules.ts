/** How models of one provider differ in what they take: rows of data in profiles, read here. */
import { PLAIN_RULES, type Family, type Rules, type TakenIds, type TakenThoughts } from '@sluice/wire';
import type { Profile, WireFormat } from './provider.ts';

/** Every row that matches a model counts; where two say the same thing, the later one. */
export interface ModelRow {
  readonly models: RegExp;
  /** What alone it speaks of its provider's formats, the preferred one first. */
  readonly formats?: readonly WireFormat[];
  /** Who reads its signatures, where that is not who reads all of the provider's. */
  readonly family?: Family;
  readonly rules?: Partial<Omit<Rules, 'family'>>;
  readonly edits?: Partial<Edits>;
}

/** What is changed in a request of a format that the model speaks itself. */
export interface Edits {
  /** The formats that this is about. */
  readonly formats: readonly WireFormat[];
  /** Members that go by another name, from → to; where both are there, the new name stands. */
  readonly rename: Readonly<Record<string, string>>;
  /** Members that it refuses: left out, with a warning. */
  readonly omit: readonly string[];
  /** The role in which it takes instructions; null: as they come. */
  readonly systemRole: 'system' | 'developer' | 'user' | null;
  /** The reasoning efforts that it knows, lowest first; empty: any. */
  readonly efforts: readonly string[];
  /** What it takes back of the thoughts that we put beside messages. */
  readonly thoughts: TakenThoughts;
  /** Which ids of tool calls it takes. */
  readonly callIds: TakenIds;
}

const NO_EDITS: Edits = { formats: [], rename: {}, omit: [], systemRole: null, efforts: [], thoughts: 'none', callIds: 'any' };

const rowsOf = ({ models }: Profile, model: string): readonly ModelRow[] => models.filter((row) => row.models.test(model));

/** What a conversion has to know of the model. */
export const rulesOf = (profile: Profile, model: string): Rules =>
  rowsOf(profile, model).reduce<Rules>(
    (rules, row) => ({ ...rules, ...row.rules, family: row.family ?? rules.family }), { ...PLAIN_RULES, family: profile.family },
  );

/** The formats in which this model of it is called, the preferred one first. */
export const formatsOf = (profile: Profile, model: string): readonly WireFormat[] =>
  rowsOf(profile, model).findLast(({ formats }) => formats !== undefined)?.formats ?? profile.formats;

/** What a request in its own format has changed. */
export function editsOf(profile: Profile, format: WireFormat, model: string): Edits {
  const all = rowsOf(profile, model).flatMap(({ edits }) => (edits?.formats?.includes(format) ? [edits] : []));
  return all.reduce<Edits>((merged, edits) => ({
    ...merged, ...edits, rename: { ...merged.rename, ...edits.rename }, omit: [...merged.omit, ...(edits.omit ?? [])],
  }), NO_EDITS);
}
