/** Small, whole configurations and journal records; a test says only what matters to it. */
import { type AttemptRecord, type JobRecord, newJobId } from '@sluice/domain';
import { type ConfigurationFile, parseConfigurationFile } from '@sluice/domain/configuration-file';

export const SECRETS = {
  MAIN_KEY: 'sk-planted-main-0001', OTHER_KEY: 'sk-planted-other-0002', TEAM_KEY: 'sk-planted-team-key-0003-long',
};

export const SAMPLE = `version: 1
connections:
  - name: main
    provider: openai-compatible
    base_url: http://127.0.0.1:9000/v1
    credentials: { api_key: "\${MAIN_KEY}" }
    limits:
      - { requests: 600, per: 60s }
      - { total_tokens: 1000, per: 1s, model: "a:b", pace: 100ms, window: bucket }
      - { concurrency: 3 }
  - { name: other, provider: openai, credentials: { api_key: "\${OTHER_KEY}", organization: org }, headroom: strict }
  - { name: open, provider: ollama }
resources:
  - { name: fast, routes: [{ connection: main, model: m }], fallback: [{ connection: other, model: n }], max_wait: 90s }
  - { name: a-first, routes: [{ connection: open, model: o, weight: 0.5 }], spill_after: 5s, on_unsupported: drop }
api_keys:
  - { name: team, key: "\${TEAM_KEY}", resources: [fast], weight: 2, limits: [{ requests: 5, per: 1s }] }
  - { name: guest, key: sk-guest-key, enabled: false, expires_at: "2030-01-01T00:00:00Z", loopback_only: true }
`;

export function declared(text: string, env: Readonly<Record<string, string>> = SECRETS): ConfigurationFile {
  const parsed = parseConfigurationFile(text, env);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.file;
}

export function jobRecord(createdAt: number, set: Partial<JobRecord> = {}): JobRecord {
  return {
    v: 1, kind: 'job', job: newJobId(createdAt), workspace: 'default', environment: 'env_1', apiKey: 'key_1', tenant: 'key_1',
    resource: 'fast', priority: 'normal', endpoint: 'chat', mode: 'sync', stream: true, state: 'completed', errorCode: null,
    attempts: 1, connection: 'con_1', provider: 'openai', model: 'gpt-4o-mini', inputTokens: 1_000, cachedInputTokens: 200,
    outputTokens: 500, reasoningTokens: 0, createdAt, startedAt: createdAt + 10, endedAt: createdAt + 1_234, bodyBytes: 512,
    correlationId: 'c-1', tags: ['a', 'b "quoted", {braced}'], metadata: { team: 'x' }, ...set,
  };
}

export function attemptRecord(createdAt: number, set: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    v: 1, kind: 'attempt', job: newJobId(createdAt), attempt: 1, workspace: 'default', environment: 'env_1', connection: 'con_1',
    resource: 'fast', provider: 'openai', model: 'gpt-4o-mini', priority: 'normal', tenant: 'key_1', mode: 'sync',
    outcome: 'completed', errorCode: null, errorMessage: null, httpStatus: 200, upstreamRequestId: 'req_1',
    queuedAt: createdAt, grantedAt: createdAt + 10, sentAt: createdAt + 12, firstByteAt: createdAt + 112,
    endedAt: createdAt + 1_012, inputTokens: 1_000, cachedInputTokens: 200, outputTokens: 500, reasoningTokens: 0,
    reservedTokens: 1_600, usageSource: 'provider', ...set,
  };
}
