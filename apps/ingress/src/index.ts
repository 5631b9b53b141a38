export { readConfig } from './config.ts';
export { startIngress } from './ingress.ts';
export type { Ingress, IngressOptions } from './ingress.ts';
