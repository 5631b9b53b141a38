/** The prototype that the default has to beat: mean + 4σ over 5 s kept free, never less than 1 %, batch at 0.8 of the rate. */
import { heldPolicy } from '../family/held.ts';

export default heldPolicy('forecast, floor 1 %', { hold: 0.01, forecast: { horizonMs: 5_000, sigmas: 4 }, pace: 0.8 });
