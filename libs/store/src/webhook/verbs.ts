/** `store.webhooks`: what each promises is told where it is written. */
import type { Kysely } from 'kysely';
import { type Claim, type ClaimedEndpoint, claimEndpoints, releaseEndpoint, renewEndpoint } from './claim-endpoints.ts';
import { type DeliveryFilter, dropDeliveries, dueDeliveries, listDeliveries, recordTry, redeliver, type TriedDelivery } from './deliveries.ts';
import {
  fixEnvironmentSecret, listEndpoints, type NewEndpoint, registerEndpoint, rotateSecret, sendTestEvent, setEndpointState, type TellableEvent, tellEvent,
} from './endpoints.ts';

export type WebhookVerbs = ReturnType<typeof webhookVerbs>;

type Whose = Parameters<typeof rotateSecret>[1];
type Lease = Pick<ClaimedEndpoint, 'id' | 'lease'>;

export function webhookVerbs(db: Kysely<unknown>) {
  return {
    claim: (claim: Claim) => claimEndpoints(db, claim),
    renew: (lease: Lease, leaseMs: number) => renewEndpoint(db, lease, leaseMs),
    release: (lease: Lease) => releaseEndpoint(db, lease),
    due: (endpointId: string, bounds: Parameters<typeof dueDeliveries>[2]) => dueDeliveries(db, endpointId, bounds),
    recordTry: (tried: TriedDelivery) => recordTry(db, tried),
    deliveries: (filter: DeliveryFilter) => listDeliveries(db, filter),
    redeliver: (of: Whose & { eventId: string }) => redeliver(db, of),
    dropDeliveries: (retentionMs: number) => dropDeliveries(db, retentionMs),
    register: (endpoint: NewEndpoint, masterKey: Uint8Array) => registerEndpoint(db, endpoint, masterKey),
    endpoints: (environmentId: string) => listEndpoints(db, environmentId),
    rotateSecret: (whose: Whose, by: Parameters<typeof rotateSecret>[2]) => rotateSecret(db, whose, by),
    setState: (whose: Whose, state: 'enabled' | 'disabled') => setEndpointState(db, whose, state),
    sendTest: (whose: Whose) => sendTestEvent(db, whose),
    fixEnvironmentSecret: (environmentId: string, sealed: string) => fixEnvironmentSecret(db, environmentId, sealed),
    tell: (event: TellableEvent) => tellEvent(db, event),
  };
}
