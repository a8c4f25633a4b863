-- How users like it, and where each of their sessions left off.
alter table users add column preferences jsonb not null default '{}' check (jsonb_typeof(preferences) = 'object');

create table session_state (
  session_id uuid primary key,
  user_id    uuid not null references users (id) on delete cascade,
  thread_id  uuid references threads (id) on delete set null,
  updated_at timestamptz not null default clock_timestamp()
);
create index session_state_by_user on session_state (user_id, updated_at);
