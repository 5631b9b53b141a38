/** The events of a Responses stream put together to the response that would have come in one piece. */
import type { JsonNode } from '../../leaf/json-node.ts';
import { raw, write, type Json } from '../../leaf/json-write.ts';
import { readResponsesEvent } from './events.ts';

/** JSON text of the response: as its last event has it, with its items as they ended, since some leave them out there. */
export function wholeResponse(events: readonly string[]): string {
  const items = new Map<number, JsonNode>();
  let response: JsonNode | undefined;
  for (const data of events) {
    const event = readResponsesEvent(data);
    if (event.kind === 'start' || event.kind === 'end') response = event.response;
    if (event.kind === 'itemEnd') items.set(event.index, event.item);
  }
  const output: readonly Json[] = [...items].sort(([a], [b]) => a - b).map(([, item]) => raw(item));
  return write({ ...Object.fromEntries([...(response?.members ?? [])].map(([key, member]) => [key, raw(member)])), output });
}
