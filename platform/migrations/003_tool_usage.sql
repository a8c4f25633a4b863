-- One row for each call of a tool, whatever came of it.
create table tool_usage (
  id                bigint generated always as identity primary key,
  user_id           uuid not null references users (id) on delete cascade,
  run_id            uuid not null,
  tool_name         text not null,
  status            text not null check (status in ('success', 'error', 'timeout', 'not_found', 'permission_denied', 'rate_limited')),
  tier              text not null,
  execution_time_ms integer not null check (execution_time_ms >= 0),
  created_at        timestamptz not null default now()
);
create index tool_usage_by_user on tool_usage (user_id, created_at);
