/** Strict priority, and the last one paced: nothing is kept free. */
import { heldPolicy } from '../family/held.ts';

export default heldPolicy('pacing alone', { hold: 0, forecast: null, pace: 0.8 });
