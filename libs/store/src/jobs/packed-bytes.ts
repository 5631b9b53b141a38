/** Bytes of many rows as one parameter: in an array each would be sent as hexadecimal text, twice its size. */
export interface Packed {
  readonly bytes: Buffer;
  /** Of each: where it begins (from 1, as SQL counts) and how long it is. */
  readonly places: readonly { readonly at: number; readonly size: number }[];
}

export function packed(pieces: readonly Buffer[]): Packed {
  let at = 1;
  const places = pieces.map(({ length }) => {
    const place = { at, size: length };
    at += length;
    return place;
  });
  return { bytes: Buffer.concat(pieces), places };
}
