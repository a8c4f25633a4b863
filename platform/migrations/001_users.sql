-- Who uses the platform, and the sessions in which they do.
create table users (
  id            uuid primary key default gen_random_uuid(),
  email         text not null unique check (email = lower(email) and position('@' in email) > 1),
  full_name     text not null default '',
  auth_provider text not null default 'local',
  password_hash text,
  permissions   text[] not null default '{chat}',
  tier          text not null default 'basic' check (tier in ('basic', 'enterprise')),
  is_active     boolean not null default true,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  check (auth_provider <> 'local' or password_hash is not null)
);

-- One row a login. refresh_jti is the only refresh token that this family may still spend.
create table auth_sessions (
  id             uuid primary key,
  user_id        uuid not null references users (id) on delete cascade,
  refresh_jti    uuid not null,
  created_at     timestamptz not null default now(),
  last_used_at   timestamptz not null default now(),
  expires_at     timestamptz not null,
  revoked_at     timestamptz,
  revoked_reason text
);
create index auth_sessions_live_by_user on auth_sessions (user_id) where revoked_at is null;

create table auth_audit (
  id         bigint generated always as identity primary key,
  user_id    uuid references users (id) on delete set null,
  event      text not null,
  detail     jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index auth_audit_by_user on auth_audit (user_id, created_at);
