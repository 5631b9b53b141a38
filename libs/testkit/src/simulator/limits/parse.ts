/** Limits from JSON, and from the short form of the command line. */
import { DIMENSIONS, WINDOWS, type Dimension, type Limit, type WindowModel } from '@sluice/domain';
import { bad, fieldsOf } from '../read-json.ts';

const isDimension = (text: string): text is Dimension => DIMENSIONS.some((name) => name === text);
const isWindow = (text: string): text is WindowModel => WINDOWS.some((name) => name === text);

export function parseLimit(json: unknown, place: string): Limit {
  const fields = fieldsOf(json, place, ['model', 'dimension', 'amount', 'windowMs', 'window', 'paceMs']);
  const window = fields.has('window') ? fields.text('window') : 'sliding';
  if (!isWindow(window)) throw bad(`${place}.window`, `one of ${WINDOWS.join(', ')}`);
  const limit = {
    dimension: dimensionOf(fields.text('dimension'), `${place}.dimension`),
    amount: fields.number('amount'),
    windowMs: fields.has('windowMs') ? fields.number('windowMs') : 0,
    window,
    ...(fields.has('model') ? { model: fields.text('model') } : {}),
    ...(fields.has('paceMs') ? { paceMs: fields.number('paceMs') } : {}),
  };
  return checkLimit(limit, place);
}

/** @throws SluiceError invalid_request on a limit that the simulator cannot keep */
export function checkLimit(limit: Limit, place: string): Limit {
  if (limit.dimension === 'cost') throw bad(`${place}.dimension`, 'a dimension that a provider enforces, which cost is not');
  if (limit.dimension !== 'concurrency' && !(limit.windowMs > 0)) throw bad(`${place}.windowMs`, 'more than 0');
  if (!(limit.amount >= 0)) throw bad(`${place}.amount`, 'a number that is not negative');
  return limit;
}

/** `requests=600/60s,gpt-4o:total_tokens=200000/60s,concurrency=32`, or `none`. */
export function parseShortLimits(text: string, window: WindowModel, paceMs: number | undefined): Limit[] {
  if (text === 'none') return [];
  return text.split(',').map((part) => {
    const form = /^(?:(?<model>.+):)?(?<dimension>[a-z_]+)=(?<amount>\d+)(?:\/(?<span>\w+))?$/.exec(part.trim())?.groups;
    if (!form) throw bad(`limit "${part}"`, 'DIMENSION=AMOUNT/SPAN, such as requests=600/60s');
    const dimension = dimensionOf(form['dimension'] ?? '', `limit "${part}"`);
    const windowed = dimension !== 'concurrency';
    if (windowed && form['span'] === undefined) throw bad(`limit "${part}"`, 'a span of time, such as /60s');
    return checkLimit({
      dimension,
      amount: Number(form['amount']),
      windowMs: windowed ? parseSpan(form['span'] ?? '', `limit "${part}"`) : 0,
      window,
      ...(form['model'] === undefined ? {} : { model: form['model'] }),
      ...(windowed && paceMs !== undefined ? { paceMs } : {}),
    }, `limit "${part}"`);
  });
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `250ms`, `60s`, `1m`; a number alone is milliseconds. */
export function parseSpan(text: string, place: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (count === undefined) throw bad(place, `a span of time such as 250ms or 60s, not "${text}"`);
  return Number(count) * (UNIT_MS[unit ?? 'ms'] ?? 1);
}

function dimensionOf(text: string, place: string): Dimension {
  if (!isDimension(text)) throw bad(place, `one of ${DIMENSIONS.join(', ')}`);
  return text;
}
