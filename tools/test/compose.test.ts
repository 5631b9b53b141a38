/**
 * docker-compose.yml and Dockerfile, held against what Compose demands and what this installation needs. No engine runs here;
 * `docker compose config` checks the rest where one is at hand.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from './installation.ts';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly (string | { readonly source: string })[];
}

const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}; // the tests below look at each part
const services = Object.entries(compose.services);
const service = (name: string): Service => compose.services[name] ?? {};
const APPS = ['ingress', 'scheduler', 'worker'];

describe('docker-compose.yml', () => {
  test('runs the three apps, what prepares for them, and their stores', () => {
    expect(Object.keys(compose.services).toSorted()).toEqual([...APPS, 'postgres', 'questdb', 'redis', 'setup'].toSorted());
  });

  test('tells of every variable it reads, and demands the secrets instead of having defaults for them', () => {
    const [head = ''] = text.split('\nname:');
    const references = [...text.slice(head.length).matchAll(/\$\{(\w+)(:[-?][^}]*)?\}/g)];
    expect(references.length).toBeGreaterThan(5);
    for (const [, name = '', rest = ''] of references) {
      expect(head, name).toMatch(new RegExp(`^#   ${name} +\\S`, 'm'));
      expect(rest, name).toMatch(/PASSWORD|KEY/.test(name) ? /^:\?./ : /^:-./);
    }
  });

  test('pins every image to a release', () => {
    for (const [name, { image }] of services) expect(image, name).toMatch(/^[a-z/]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(service('questdb').image).toContain('9.3.4');
  });

  test('checks the health of everything that stays, and starts nothing before what it needs', () => {
    for (const [name, { healthcheck }] of services) expect(healthcheck === undefined, name).toBe(name === 'setup');
    for (const [name, { depends_on: needs = {} }] of services) {
      for (const [needed, { condition }] of Object.entries(needs)) {
        expect(compose.services, name).toHaveProperty(needed);
        if (condition === 'service_healthy') expect(service(needed).healthcheck, needed).toBeDefined();
      }
    }
    for (const name of APPS) {
      expect(service(name).depends_on).toMatchObject({
        setup: { condition: 'service_completed_successfully' },
        redis: { condition: 'service_healthy' },
        postgres: { condition: 'service_healthy' },
      });
    }
  });

  test('asks each app for its health where that app listens', () => {
    const portOf = (name: string) => /127\.0\.0\.1:(\d+)/.exec(service(name).healthcheck?.test.join(' ') ?? '')?.[1];
    expect(portOf('ingress')).toBe(String(service('ingress').environment?.['PORT']));
    for (const name of ['scheduler', 'worker'])
      expect(portOf(name)).toBe(String(service(name).environment?.['SLUICE_HEALTH_PORT']));
  });

  test('gives every app and the setup what they need', () => {
    for (const name of [...APPS, 'setup']) {
      for (const variable of ['REDIS_URL', 'DATABASE_URL', 'QUESTDB_URL', 'SLUICE_MASTER_KEY'])
        expect(service(name).environment, name).toHaveProperty(variable);
    }
  });

  test('lets Redis lose no work: on disk, bounded, refusing instead of dropping', () => {
    const command = service('redis').command?.join(' ') ?? '';
    for (const setting of ['--appendonly yes', '--appendfsync everysec', '--maxmemory 2gb', '--maxmemory-policy noeviction'])
      expect(command).toContain(setting);
  });

  test('keeps the data of each store in a volume of its own, and opens ingress alone, on loopback unless told otherwise', () => {
    for (const name of ['redis', 'postgres', 'questdb'])
      expect(service(name).volumes).toEqual([expect.stringMatching(new RegExp(`^${name}:/`))]);
    expect(Object.keys(compose.volumes)).toEqual(['redis', 'postgres', 'questdb']);
    expect(services.filter(([, { ports }]) => ports).map(([name]) => name)).toEqual(['ingress']);
    expect(service('ingress').ports?.[0]).toMatch(/^\$\{SLUICE_BIND:-127\.0\.0\.1\}:/);
  });

  test('starts programs that a build makes', () => {
    for (const name of [...APPS, 'setup']) {
      const [program, file = ''] = service(name).command ?? [];
      expect(program).toBe('node');
      expect(existsSync(join(root, file.replace('/dist/', '/src/').replace(/\.js$/, '.ts'))), file).toBe(true);
    }
  });
});

describe('Dockerfile', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const [, build = '', final = ''] = dockerfile.split(/^FROM /m);

  test('builds in one stage and runs in another, as a user that is not root, on the same pinned Node', () => {
    const [first] = build.split(/\s/);
    const [second] = final.split(/\s/);
    expect(first).toMatch(/^node:\d+\.\d+\.\d+-/);
    expect(second).toBe(first);
    expect(final).toMatch(/^USER node$/m);
    expect(final).not.toMatch(/^RUN /m);
  });

  test('ships production packages alone', () => {
    expect(build.match(/^RUN npm ci .*--omit=dev.*$/m)?.[0]).toMatch(
      /--workspace=apps\/ingress --workspace=apps\/scheduler --workspace=apps\/worker$/,
    );
  });

  test('its context holds no secret, no data and nothing built elsewhere', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    expect(ignored[0]).toBe('**');
    const after = ignored.slice(ignored.findLastIndex((line) => line.startsWith('!')) + 1);
    for (const pattern of ['**/node_modules', '**/dist', '**/.env', '**/.sluice']) expect(after).toContain(pattern);
  });
});
