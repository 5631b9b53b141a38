/** `npm start`. */
import { mainOf } from './main-of.ts';

await mainOf();
