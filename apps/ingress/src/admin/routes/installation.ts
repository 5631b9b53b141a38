/** The installation as a whole: what is wrong with it, and the configuration file applied to it. */
import { parseConfigurationFile } from '@sluice/domain/configuration-file';
import { z } from 'zod';
import { masterKeyOf } from '../changing.ts';
import { findingsOf } from '../findings.ts';
import { json, list, route } from '../route.ts';

const findings = route({
  method: 'get', path: '/findings', scope: 'environment', action: 'findings:read', summary: 'What is wrong, the worst first',
  answer: async ({ environment, now }, { operations, store, queue, door, masterKey }) => {
    const [views, processes, endpoints, complaints] = await Promise.all([
      operations.views(environment.connections.map(({ id }) => id)), operations.processes(), store.webhooks.endpoints(environment.id), queue.complaints(),
    ]);
    const pressure = door.pressure();
    return list(findingsOf({
      environment, views, processes, endpoints, complaints, now, hasMasterKey: masterKey !== null, pressure: pressure.kind === 'none' ? null : pressure.reason,
    }));
  },
});

const file = z.strictObject({
  text: z.string().max(1_000_000),
  variables: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string().max(20_000)).default({}).describe('What `${NAME}` stands for in the text; nothing is read from the environment of the server.'),
  name: z.string().max(200).default('sluice.yaml'),
});

const apply = route({
  method: 'post', path: '/configuration', scope: 'installation', action: 'configuration:apply', body: file,
  summary: 'Make an environment what a sluice.yaml declares; `dry_run=true` tells what would change. Of secrets only that they change',
  answer: async ({ body, operator, dryRun }, parts) => {
    const parsed = parseConfigurationFile(body.text, body.variables);
    if (!parsed.ok) {
      return json({ object: 'problems', data: parsed.problems, type: 'error', error: {
        type: 'invalid_request_error', code: 'invalid_request', param: 'text',
        message: parsed.problems.map(({ line, column, path, message }) => `${body.name}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`).join('\n'),
      } }, 400);
    }
    const { changes, version } = await parts.store.reconcile(parsed.file, { masterKey: masterKeyOf(parts), actor: operator.name, dryRun });
    if (!dryRun && changes.length > 0) await parts.changed(version);
    return list(changes, { dry_run: dryRun, environment: parsed.file.environment, version });
  },
});

export const installationRoutes = [findings, apply];
