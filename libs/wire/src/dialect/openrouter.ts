/** OpenRouter: every event names the speaker again. */
import { dialect } from './dialect.ts';
import { roleOnce } from './repairs.ts';

export const openrouter = dialect(roleOnce);
