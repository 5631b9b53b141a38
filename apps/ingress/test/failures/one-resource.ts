/** The system under failure: one connection with so many requests in any two seconds, one resource on it, one key. */
import { KEY } from '../system.ts';

export const oneResource = (requests: number): string => `
version: 1
environment: default
connections:
  - { name: main, provider: openai-compatible, base_url: "\${SIM_0}", credentials: { api_key: sk-a }, limits: [{ requests: ${requests}, per: 2s }] }
priorities:
  - { name: normal, reserved: 20, ceiling: 100 }
resources:
  - { name: fast, priority: normal, routes: [{ connection: main, model: gpt-4o-mini }] }
api_keys:
  - { name: test, key: ${KEY}, resources: ["*"], priorities: ["*"] }
`;
