/**
 * Keeps a label's values few. Each new value of a label is a new time series in every scraper, for ever; names come from
 * configuration and answers, so someone else decides how many there are. Past the bound they are counted together.
 */
export const OTHER = 'other';

export function labelBound(most: number): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (seen.size >= most) return OTHER;
    seen.add(value);
    return value;
  };
}
