/** What an operator sends, held to the rules of the configuration file: the same shapes, units and words in both. */
import { SluiceError } from '@sluice/domain';
import type { Connection, Environment } from '@sluice/domain';
import { parseConfigurationFile } from '@sluice/domain/configuration-file';
import type { ConfigurationFile, DeclaredApiKey, DeclaredConnection } from '@sluice/domain/configuration-file';

type Loose = Readonly<Record<string, unknown>>;

/** Throws `invalid_request` naming the field. Texts are taken as they are: nothing is read from the environment of this process. */
function declare(file: Loose, within: string): ConfigurationFile {
  const parsed = parseConfigurationFile(JSON.stringify({ version: 1, ...file }), {});
  if (parsed.ok) return parsed.file;
  const [problem] = parsed.problems;
  const param = (problem?.path ?? '').replace(within, '').replace(/^\./, '');
  throw new SluiceError('invalid_request', `${param === '' ? 'the body' : param}: ${problem?.message ?? 'not valid'}`, { param: param === '' ? null : param });
}

export function declaredConnection(sent: Loose): DeclaredConnection {
  const [connection] = declare({ connections: [sent] }, 'connections[0]').connections;
  if (!connection) throw new Error('a connection was declared, and is not there');
  return connection;
}

/** What is sent, over what there is. Credentials stay where none are sent: they never come out, so they cannot be sent back. */
export function changedConnection(before: Connection, sent: Loose): DeclaredConnection {
  const { name, provider, baseUrl, limits, guardMs, headroom, slotShare } = before;
  // Which credentials a provider needs is only asked of those that are sent.
  const asIf = sent['credentials'] === undefined ? 'openai-compatible' : provider;
  const declared = declaredConnection({ base_url: baseUrl, ...sent, name, provider: asIf });
  const has = (field: string): boolean => sent[field] !== undefined;
  return {
    name, provider, credentials: has('credentials') ? declared.credentials : {},
    baseUrl: has('base_url') ? declared.baseUrl : baseUrl, limits: has('limits') ? declared.limits : limits, guardMs: has('guard') ? declared.guardMs : guardMs,
    headroom: has('headroom') ? declared.headroom : headroom, slotShare: has('slot_share') ? declared.slotShare : slotShare,
  };
}

/** The resources and priorities it names must be there. */
export function declaredKey(sent: Loose, { priorities, resources }: Environment): DeclaredApiKey {
  const [key] = declare({
    priorities: priorities.map(({ name, reserved, ceiling }) => ({ name, reserved, ceiling })),
    connections: [{ name: 'any', provider: 'openai-compatible', base_url: 'http://127.0.0.1' }],
    resources: resources.map(({ name, priority }) => ({ name, priority, routes: [{ connection: 'any', model: 'any' }] })),
    api_keys: [sent],
  }, 'api_keys[0]').apiKeys;
  if (!key) throw new Error('a key was declared, and is not there');
  return key;
}

/** The first priority of these shares, alone: what they are together, the store decides. */
export function declaredShares(sent: Loose): { readonly reserved: number; readonly ceiling: number; readonly agesAfterMs: number | null } {
  const [priority] = declare({ priorities: [{ name: 'one', ...sent }] }, 'priorities[0]').priorities;
  if (!priority) throw new Error('a priority was declared, and is not there');
  return priority;
}
