/**
 * What a line of a batch must be: `{custom_id, method, url, body}`, in OpenAI's words where it is not. Remembers the ids it
 * has seen, and the first hundred errors. Pure.
 */
import { type BatchError, LONGEST_LINE_BYTES, MOST_BATCH_ERRORS, MOST_BATCH_LINES } from '@sluice/domain';
import { isObject, type JsonObject, JsonTextError, type Member, members } from '@sluice/wire';
import { normalPath } from '../http/paths.ts';

export interface CheckedLine {
  /** From 1; blank lines count. */
  readonly line: number;
  readonly customId: string;
  /** The `sluice` object beside the body; undefined: none. */
  readonly beside: unknown;
  /** Parsed. */
  readonly request: JsonObject;
  /** Where the request stands: in bytes, from the beginning of the line. */
  readonly body: { readonly start: number; readonly end: number };
}

const REQUIRED = ['custom_id', 'method', 'url', 'body'] as const;
const LONGEST_ID = 512;
const MARK = '\ufeff';

export class LineCheck {
  readonly #endpoint: string;
  readonly #seen = new Set<string>();
  readonly #errors: BatchError[] = [];
  #line = 0;
  #requests = 0;

  constructor(endpoint: string) {
    this.#endpoint = normalPath(endpoint);
  }

  get errors(): readonly BatchError[] {
    return this.#errors;
  }

  get requests(): number {
    return this.#requests;
  }

  /** More errors than are kept: the rest need not be looked at. */
  get isHopeless(): boolean {
    return this.#errors.length >= MOST_BATCH_ERRORS || this.#requests > MOST_BATCH_LINES;
  }

  /** Undefined: blank, or wrong. Without its line feed. */
  take(bytes: Buffer): CheckedLine | undefined {
    this.#line += 1;
    if (isBlank(bytes)) return undefined;
    this.#requests += 1;
    return this.#read(bytes);
  }

  /** A line that is right by itself and cannot be run. */
  refuse({ line }: CheckedLine, error: Omit<BatchError, 'line'>): void {
    this.#wrong({ ...error, line });
  }

  /** What shows only when every line was seen. */
  end(): void {
    if (this.#requests === 0) this.#wrong({ code: 'empty_file', message: 'The input file is empty. Please ensure that the batch contains at least one request.', param: null, line: null });
    if (this.#requests > MOST_BATCH_LINES) {
      this.#wrong({ code: 'too_many_tasks', message: `The batch holds more than ${MOST_BATCH_LINES} requests. Split it into several.`, param: null, line: null });
    }
  }

  #read(bytes: Buffer): CheckedLine | undefined {
    const level = this.#level(bytes);
    if (!level) return undefined;
    const given = JSON.parse(bytes.toString()) as Record<string, unknown>; // an object: `members` has read it
    const missing = REQUIRED.find((name) => given[name] === undefined || given[name] === null);
    if (missing) return this.#wrong(this.#here('missing_required_parameter', `Missing required parameter: '${missing}'.`, missing));
    const { custom_id: customId, method, url, body } = given;
    if (typeof customId !== 'string' || customId === '' || customId.length > LONGEST_ID) {
      return this.#wrong(this.#here('invalid_value', `'custom_id' must be a text of 1 to ${LONGEST_ID} characters.`, 'custom_id'));
    }
    if (this.#seen.has(customId)) {
      return this.#wrong(this.#here('duplicate_custom_id', 'The custom_id for this request is a duplicate of another request. The custom_id parameter must be unique for each request in a batch.', 'custom_id'));
    }
    this.#seen.add(customId);
    if (method !== 'POST') return this.#wrong(this.#here('invalid_method', "Invalid value for 'method': expected 'POST'.", 'method'));
    if (typeof url !== 'string' || normalPath(url) !== this.#endpoint) {
      return this.#wrong(this.#here('url_mismatch', 'The URL provided for this request does not match the endpoint of the batch.', 'url'));
    }
    const place = level.findLast(({ key }) => key === 'body');
    if (!isObject(body) || !place) return this.#wrong(this.#here('invalid_value', "'body' must be an object.", 'body'));
    return { line: this.#line, customId, beside: given['sluice'], request: body, body: { start: place.valueStart, end: place.valueEnd } };
  }

  #level(bytes: Buffer): readonly Member[] | undefined {
    if (bytes.length > LONGEST_LINE_BYTES) {
      return this.#wrong(this.#here('invalid_json_line', `This line is longer than ${LONGEST_LINE_BYTES / 1024 / 1024} MB.`, null));
    }
    try {
      return members(bytes);
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
      const marked = bytes.toString('utf8', 0, 3) === MARK;
      const why = marked ? 'it begins with a byte order mark: save the file as UTF-8 without one' : error.message;
      return this.#wrong(this.#here('invalid_json_line', `This line is not parseable as valid JSON: ${why}.`, null));
    }
  }

  #here(code: string, message: string, param: string | null): BatchError {
    return { code, message, param, line: this.#line };
  }

  #wrong(error: BatchError): undefined {
    if (this.#errors.length < MOST_BATCH_ERRORS) this.#errors.push(error);
    return undefined;
  }
}

/** Nothing but what JSON takes for space. */
const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
