export type * from './kept-port.ts';
export type * from './ports.ts';
export { armCrashPoint, crashPoint, CRASH_POINTS, type CrashPoint } from './crash-points.ts';
export { openQueue, within, type OpenQueue } from './open.ts';
export { openDoor } from './door.ts';
export { startDispatch } from './dispatch.ts';
export { startDrain } from './journal.ts';
export { openFeeder, type FeederOptions } from './feeder-role.ts';
export { openScheduler } from './scheduler-role.ts';
