import { type Kysely, sql } from 'kysely';

/**
 * Operators: who they are, what they may do, and how they prove it. Of secrets only hashes are kept: passwords as argon2id,
 * sessions and personal tokens (32 random bytes) as sha256. Times of sign-ins are bounded by address and by account.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table "user" (
      id text primary key,
      name text not null unique,
      password text not null,
      enabled boolean not null default true,
      created_at timestamptz not null default now()
    );

    create table role_assignment (
      user_id text not null references "user" on delete cascade,
      role text not null check (role in ('viewer', 'operator', 'admin')),
      -- Null: all of them.
      environment_id text references environment on delete cascade
    );
    create unique index role_assignment_once on role_assignment (user_id, coalesce(environment_id, ''));

    create table session (
      hash text primary key,
      user_id text not null references "user" on delete cascade,
      created_at timestamptz not null default now(),
      seen_at timestamptz not null default now(),
      expires_at timestamptz not null
    );
    create index session_of_user on session (user_id);
    create index session_expires on session (expires_at);

    create table personal_token (
      id text primary key,
      user_id text not null references "user" on delete cascade,
      name text not null,
      hash text not null unique,
      masked text not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      last_used_at timestamptz,
      unique (user_id, name)
    );

    create table sign_in_attempt (
      -- address:… or account:…
      subject text primary key,
      began_at timestamptz not null,
      attempts integer not null
    );

    -- Verbs are events too, and there are more of them with each release.
    alter table admin_event drop constraint admin_event_action_check;
    create index admin_event_of_environment on admin_event (environment_id, id);

    -- Beside the state, which the release before this one knows the values of: it goes on as if nothing was drained.
    alter table connection add column draining boolean not null default false;
  `.execute(db);
}
