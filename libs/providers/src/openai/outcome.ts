import type { Row } from '../outcome-table.ts';

/** The family's table is OpenAI's own. */
export const outcomes: readonly Row[] = [];
