-- What admin tools keep: collections of documents, and settings that a running platform reads.
create table corpora (
  name       text primary key check (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  documents  jsonb not null default '[]' check (jsonb_typeof(documents) = 'array'),
  created_by uuid references users (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table system_settings (
  key        text primary key check (key ~ '^[a-z][a-z0-9_.]{0,62}$'),
  value      jsonb not null,
  updated_by uuid references users (id) on delete set null,
  updated_at timestamptz not null default now()
);
