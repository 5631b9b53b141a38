/** Strict priority alone: the first of the most urgent that wait, as soon as it fits. */
import { heldPolicy } from '../family/held.ts';

export default heldPolicy('strict', { hold: 0, forecast: null, pace: null });
