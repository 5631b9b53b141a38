/** A constant share of the limit kept from a paced batch: what most people would set by hand. */
import { heldPolicy } from '../family/held.ts';

export default heldPolicy('hold 5 %', { hold: 0.05, forecast: null, pace: 0.8 });
