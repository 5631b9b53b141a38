/** The bodies that openapi.json tells of. */
import { BATCH_STATUSES, ERRORS, TRANSITIONS } from '@sluice/domain';

const nullable = (type: string) => ({ type: [type, 'null'] });

const sluice = {
  type: 'object',
  description: 'What Sluice adds; each setting may stand in a header instead, which wins',
  additionalProperties: false,
  properties: {
    priority: { type: 'string' },
    max_wait_ms: { type: 'integer', minimum: 0 },
    deadline: { oneOf: [{ type: 'string', format: 'date-time' }, { type: 'number', exclusiveMinimum: 0 }] },
    mode: { enum: ['sync', 'async'] },
    webhook: { type: 'object', required: ['url'], properties: { url: { type: 'string', format: 'uri' }, events: { type: 'array', items: { type: 'string' } } } },
    resume: { type: 'boolean' },
    correlation_id: { type: 'string', maxLength: 256 },
    tags: { type: 'array', maxItems: 16, items: { type: 'string', maxLength: 256 } },
    metadata: { type: 'object', maxProperties: 16, additionalProperties: { type: 'string', maxLength: 256 } },
    route: { oneOf: [{ type: 'integer', minimum: 0 }, { type: 'string' }] },
    fallback: { type: 'boolean' },
  },
};

export const openapiSchemas = {
  ChatRequest: {
    type: 'object',
    description: 'As OpenAI documents it. Fields that are not named here reach the provider untouched.',
    required: ['model', 'messages'],
    additionalProperties: true,
    properties: {
      model: { type: 'string', minLength: 1, maxLength: 512, description: 'A resource, or `provider/model` where direct routing is allowed' },
      messages: { type: 'array', minItems: 1, items: { type: 'object', required: ['role'], properties: { role: { type: 'string', minLength: 1 } }, additionalProperties: true } },
      stream: nullable('boolean'),
      max_completion_tokens: { type: ['integer', 'null'], minimum: -1 },
      max_tokens: { type: ['integer', 'null'], minimum: -1 },
      n: { type: ['integer', 'null'], minimum: 1, maximum: 128 },
      temperature: { type: ['number', 'null'], minimum: 0, maximum: 2 },
      top_p: { type: ['number', 'null'], minimum: 0, maximum: 1 },
      service_tier: nullable('string'),
      sluice,
    },
  },
  EmbeddingsRequest: {
    type: 'object',
    description: 'As OpenAI documents it. Fields that are not named here reach a provider of the same format untouched.',
    required: ['model', 'input'],
    additionalProperties: true,
    properties: {
      model: { type: 'string', minLength: 1, maxLength: 512, description: 'A resource, or `provider/model` where direct routing is allowed' },
      input: { oneOf: [{ type: 'string', minLength: 1 }, { type: 'array', minItems: 1, items: { type: ['string', 'integer', 'array'] } }] },
      dimensions: { type: ['integer', 'null'], minimum: 1 },
      encoding_format: { enum: ['float', 'base64', null], description: 'Honoured for every provider; base64 is of 32-bit floats, little-endian' },
      user: nullable('string'),
      sluice,
    },
  },
  JobRequest: {
    type: 'object',
    description: 'The shape of a batch line',
    required: ['endpoint', 'body'],
    additionalProperties: false,
    properties: {
      endpoint: { enum: ['/v1/chat/completions', '/v1/embeddings'] },
      body: { oneOf: [{ $ref: '#/components/schemas/ChatRequest' }, { $ref: '#/components/schemas/EmbeddingsRequest' }] }, sluice,
      custom_id: { type: 'string' }, method: { type: 'string' }, url: { type: 'string' },
    },
  },
  Job: {
    type: 'object',
    description: 'Times in epoch seconds, durations in milliseconds',
    required: ['object', 'id', 'state', 'endpoint', 'mode', 'resource', 'priority', 'created_at', 'deadline', 'error'],
    properties: {
      object: { const: 'job' }, id: { type: 'string' }, state: { enum: Object.keys(TRANSITIONS) }, endpoint: { type: 'string' },
      mode: { enum: ['sync', 'async', 'batch'] }, stream: { type: 'boolean' }, resource: { type: 'string' }, priority: { type: 'string' },
      created_at: { type: 'integer' }, deadline: { type: 'integer' }, started_at: nullable('integer'), ended_at: nullable('integer'),
      position: { type: ['integer', 'null'], description: 'How many go first; 0 is next' }, eta_ms: nullable('integer'),
      timings: { type: 'object', properties: { queue_ms: nullable('integer'), run_ms: nullable('integer') } },
      attempts: { type: 'array', items: { type: 'object' } }, provider: nullable('string'), model: nullable('string'), answer_id: nullable('string'),
      usage: { type: ['object', 'null'] }, cost: { type: ['number', 'null'], description: 'US dollars' }, error: { type: ['object', 'null'] },
      correlation_id: nullable('string'), tags: { type: 'array', items: { type: 'string' } }, metadata: { type: 'object' },
      result: { description: 'The answer in the format of its endpoint; null while there is none, and where it was streamed' },
    },
  },
  Explanation: {
    type: 'object',
    description: 'Times in epoch milliseconds',
    required: ['object', 'id', 'state', 'connection', 'version', 'constraint', 'sentence', 'position', 'eta_ms'],
    properties: {
      object: { const: 'job.explanation' }, id: { type: 'string' }, state: { enum: Object.keys(TRANSITIONS) },
      connection: { type: ['string', 'null'], description: 'Whose scheduler it waits for' },
      version: { type: ['integer', 'null'], description: 'Of the ledger it is told from: the same in heartbeats of a stream and in `sluice_ledger_version`' },
      constraint: {
        type: ['object', 'null'], required: ['kind'], properties: { kind: { type: 'string' } },
        description: 'The one thing that holds it back, as data: `limit`, `slots`, `ceiling`, `headroom`, `pace`, `share`, `booking`, `behind`, `tenant_turn`, `lane_order`, `not_before`, `cooldown`, `breaker`, `paused`; null when it does not wait, or its scheduler did not answer',
      },
      sentence: { type: 'string' }, position: { type: ['integer', 'null'] }, eta_ms: nullable('integer'),
    },
  },
  JobList: {
    type: 'object',
    required: ['object', 'data', 'has_more', 'first_id', 'last_id'],
    properties: {
      object: { const: 'list' }, data: { type: 'array', items: { $ref: '#/components/schemas/Job' } },
      has_more: { type: 'boolean' }, first_id: nullable('string'), last_id: nullable('string'),
    },
  },
  Error: {
    type: 'object',
    required: ['type', 'error', 'request_id'],
    properties: {
      type: { const: 'error' },
      error: {
        type: 'object',
        required: ['message', 'type', 'param', 'code'],
        properties: {
          message: { type: 'string' },
          type: { enum: [...new Set(Object.values(ERRORS).map(({ type }) => type))] },
          param: nullable('string'),
          code: { type: 'string', examples: Object.keys(ERRORS) },
          provider: { type: 'object', description: 'What the provider itself said', additionalProperties: true },
        },
      },
      request_id: { type: 'string' },
    },
  },
  Batch: {
    type: 'object',
    description: 'As OpenAI describes it. Times are epoch seconds',
    required: ['id', 'object', 'endpoint', 'status', 'input_file_id', 'completion_window', 'created_at', 'request_counts'],
    additionalProperties: true,
    properties: {
      id: { type: 'string' }, object: { const: 'batch' }, endpoint: { type: 'string' }, status: { enum: BATCH_STATUSES },
      input_file_id: { type: 'string' }, output_file_id: nullable('string'), error_file_id: nullable('string'), completion_window: { type: 'string' },
      created_at: { type: 'integer' }, expires_at: nullable('integer'), errors: { type: ['object', 'null'] }, metadata: { type: ['object', 'null'] },
      request_counts: { type: 'object', properties: { total: { type: 'integer' }, completed: { type: 'integer' }, failed: { type: 'integer' } } },
    },
  },
  BatchList: {
    type: 'object',
    required: ['object', 'data', 'has_more', 'first_id', 'last_id'],
    properties: {
      object: { const: 'list' }, data: { type: 'array', items: { $ref: '#/components/schemas/Batch' } },
      has_more: { type: 'boolean' }, first_id: nullable('string'), last_id: nullable('string'),
    },
  },
  BatchRequest: {
    type: 'object',
    required: ['input_file_id', 'endpoint', 'completion_window'],
    properties: {
      input_file_id: { type: 'string' }, endpoint: { type: 'string' },
      completion_window: { type: 'string', pattern: '^[1-9][0-9]{0,3}[hm]$', examples: ['24h'] },
      metadata: { type: ['object', 'null'], maxProperties: 16, additionalProperties: { type: 'string', maxLength: 512 } },
      sluice: {
        type: 'object', additionalProperties: false,
        properties: { priority: { type: 'string' }, webhook: { type: 'object', required: ['url'], properties: { url: { type: 'string' }, events: { type: 'array', items: { type: 'string' } } } } },
      },
    },
  },
  File: {
    type: 'object',
    required: ['id', 'object', 'bytes', 'created_at', 'filename', 'purpose', 'status'],
    properties: {
      id: { type: 'string' }, object: { const: 'file' }, bytes: { type: 'integer' }, created_at: { type: 'integer' }, expires_at: nullable('integer'),
      filename: { type: 'string' }, purpose: { type: 'string' }, status: { const: 'processed' }, status_details: nullable('string'),
    },
  },
  FileList: {
    type: 'object',
    required: ['object', 'data', 'has_more', 'first_id', 'last_id'],
    properties: {
      object: { const: 'list' }, data: { type: 'array', items: { $ref: '#/components/schemas/File' } },
      has_more: { type: 'boolean' }, first_id: nullable('string'), last_id: nullable('string'),
    },
  },
  Model: {
    type: 'object',
    required: ['id', 'object', 'created', 'owned_by', 'type', 'display_name', 'created_at'],
    properties: {
      id: { type: 'string' }, object: { const: 'model' }, created: { type: 'integer' }, owned_by: { type: 'string' },
      type: { const: 'model' }, display_name: { type: 'string' }, created_at: { type: 'string', format: 'date-time' },
    },
  },
  ModelList: {
    type: 'object',
    required: ['object', 'data', 'has_more', 'first_id', 'last_id'],
    properties: {
      object: { const: 'list' }, data: { type: 'array', items: { $ref: '#/components/schemas/Model' } },
      has_more: { type: 'boolean' }, first_id: nullable('string'), last_id: nullable('string'),
    },
  },
  Readiness: {
    type: 'object',
    required: ['ready', 'redis', 'postgres', 'stopping'],
    properties: {
      ready: { type: 'boolean' }, redis: { enum: ['ok', 'unreachable'] }, postgres: { enum: ['ok', 'unreachable'] }, stopping: { type: 'boolean' },
    },
  },
} as const;
