import { type Kysely, sql } from 'kysely';

/**
 * What an installation is configured to do. Everything belongs to one environment and has a name that is unique in it;
 * `managed` marks what a configuration file declares. Durations and times that the rules compute with are milliseconds.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table installation (
      key text primary key,
      value text not null
    );

    -- One row: every change of configuration raises it in its own transaction, and locks it, so that changes come in turn.
    create table configuration_version (
      only_row boolean primary key default true check (only_row),
      version bigint not null
    );
    insert into configuration_version (version) values (0);

    create table workspace (
      id text primary key,
      name text not null unique,
      created_at timestamptz not null default now()
    );

    create table environment (
      id text primary key,
      workspace_id text not null references workspace,
      name text not null,
      settings jsonb not null,
      created_at timestamptz not null default now(),
      unique (workspace_id, name)
    );

    create table connection (
      id text primary key,
      environment_id text not null references environment,
      name text not null,
      provider text not null,
      base_url text not null,
      sealed_credentials text,
      capacity jsonb not null,
      state text not null default 'enabled' check (state in ('enabled', 'paused')),
      managed boolean not null,
      created_at timestamptz not null default now(),
      unique (environment_id, name)
    );

    create table priority (
      environment_id text not null references environment,
      name text not null,
      rank integer not null,
      reserved double precision not null,
      ceiling double precision not null,
      ages_after_ms bigint,
      managed boolean not null,
      primary key (environment_id, name)
    );

    create table resource (
      id text primary key,
      environment_id text not null references environment,
      name text not null,
      -- In which order resources are listed.
      position integer not null,
      priority text not null,
      routes jsonb not null,
      fallback jsonb not null,
      max_wait_ms bigint,
      spill_after_ms bigint,
      on_unsupported text not null check (on_unsupported in ('refuse', 'drop')),
      limits jsonb not null,
      managed boolean not null,
      created_at timestamptz not null default now(),
      unique (environment_id, name)
    );

    create table api_key (
      id text primary key,
      environment_id text not null references environment,
      name text not null,
      hash text not null,
      masked text not null,
      resources text[] not null,
      priorities text[] not null,
      weight double precision not null,
      limits jsonb not null,
      may_choose_route boolean not null,
      loopback_only boolean not null,
      enabled boolean not null,
      expires_at_ms bigint,
      managed boolean not null,
      created_at timestamptz not null default now(),
      unique (environment_id, name),
      -- At commit, so that two keys may change places in one change.
      constraint api_key_hash_unique unique (hash) deferrable initially deferred
    );

    create table admin_event (
      id bigint generated always as identity primary key,
      at timestamptz not null default now(),
      environment_id text references environment,
      actor text not null,
      action text not null check (action in ('created', 'updated', 'deleted')),
      kind text not null,
      name text not null,
      before jsonb,
      after jsonb
    );
    create index admin_event_at on admin_event (at);
  `.execute(db);
}
