/** `data:` URLs (RFC 2397) with base64, as formats carry media in them. */

export interface Inline {
  /** Without parameters: `image/png`. */
  readonly type: string;
  readonly base64: string;
}

/** The content of a data URL, or undefined where it is another kind of URL. Content that was not base64 is made so. */
export function inlineOf(url: string): Inline | undefined {
  if (!/^data:/i.test(url)) return undefined;
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  const [type = '', ...parameters] = url.slice(5, comma).split(';');
  const data = url.slice(comma + 1);
  const isBase64 = parameters.some((parameter) => parameter.trim().toLowerCase() === 'base64');
  return { type: type.trim().toLowerCase() || 'text/plain', base64: isBase64 ? data : Buffer.from(decoded(data)).toString('base64') };
}

export const dataUrl = ({ type, base64 }: Inline): string => `data:${type};base64,${base64}`;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray `%`: the text itself is what was meant.
  }
}
