/**
 * Real requests that their own API answered with 200 and that a judge refuses all the same: where the SDK's types are
 * stricter than the API, or older. They only explain a judge's verdict on a recording; what we write gets no exception.
 */
import type { Format } from './judges.ts';

export interface Exception {
  readonly format: Format;
  /** Every problem of the request must be one of these. */
  readonly problem: RegExp;
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  { format: 'chat', problem: /^\/model /, reason: 'Azure takes the model from the path: in the body it may be null' },
  { format: 'responses', problem: /^\/input must /, reason: 'items of earlier answers are taken without what the types demand of them (id, status), or with null in it' },
  { format: 'responses', problem: /^\/tools\/\d+\/type /, reason: 'tools of a function nested as Chat does it, and members newer than the types, are taken' },
  { format: 'messages', problem: /^\/ must (have required property '(max_tokens|messages|model)'|NOT have additional properties \((prompt|max_tokens_to_sample)\))/, reason: 'the legacy body of text completions' },
  { format: 'gemini', problem: /^\/(safetySettings|systemInstruction|toolConfig) must be /, reason: 'null is taken for what is absent' },
  { format: 'gemini', problem: /^\/systemInstruction\/parts must be array/, reason: 'one part is taken for a list of one' },
  { format: 'gemini', problem: /\/type must be equal to one of the allowed values/, reason: 'types of a schema are taken in small letters' },
  { format: 'gemini', problem: /\((imageConfig|modelArmorConfig)\)/, reason: 'members of Vertex that the types have elsewhere or not at all' },
];

/** The problems that no exception explains. */
export const unexplained = (format: Format, problems: readonly string[]): readonly string[] =>
  problems.filter((problem) => !EXCEPTIONS.some((exception) => exception.format === format && exception.problem.test(problem)));
