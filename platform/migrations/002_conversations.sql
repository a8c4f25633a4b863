-- What users and agents said, and the runs in which agents worked.
create table threads (
  id         uuid primary key default gen_random_uuid(),
  user_id    uuid not null references users (id) on delete cascade,
  title      text not null,
  metadata   jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index threads_by_user on threads (user_id, updated_at);

create table runs (
  id          uuid primary key default gen_random_uuid(),
  thread_id   uuid not null references threads (id) on delete cascade,
  status      text not null default 'running' check (status in ('running', 'completed', 'failed')),
  error       text,
  started_at  timestamptz not null default now(),
  finished_at timestamptz,
  check ((status = 'running') = (finished_at is null))
);
create index runs_by_thread on runs (thread_id, started_at);

create table messages (
  id         uuid primary key default gen_random_uuid(),
  thread_id  uuid not null references threads (id) on delete cascade,
  run_id     uuid references runs (id) on delete set null,
  role       text not null check (role in ('user', 'assistant', 'system', 'tool')),
  content    jsonb not null,
  tool_info  jsonb,
  created_at timestamptz not null default clock_timestamp()
);
create index messages_by_thread on messages (thread_id, created_at);
create index messages_by_run on messages (run_id);
