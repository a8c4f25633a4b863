/**
 * `isolation: schema`: each lease has a schema of one database, migrated for it ahead of need, and its URL a search path
 * that leads there first. On a server of ours its role may do nothing outside of it. On a foreign one the role is the
 * URL's, so what the migrations make elsewhere is looked for, and refused.
 */
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import { failed } from '../failure.ts';
import { never } from '../kinds.ts';
import { dropSchema } from './drop.ts';
import { signed } from './forgotten.ts';
import { keepSchema } from './keep.ts';
import { apply, type CommandGround, type MigrationFailure, type Preparation } from './migration.ts';
import { ReadyPool } from './pool.ts';
import { Logins, type PostgresServer, type Source } from './server.ts';
import { connect, identifier, type Session, scalar } from './session.ts';

export interface SchemaGround {
  readonly server: PostgresServer;
  /** the database that holds them */
  readonly database: string;
  readonly preparation: Preparation;
  readonly commands: CommandGround;
}

/** How long dropping a schema may wait for a connection that a test left open, on a server where it can't be ended. */
const LOCK_TIMEOUT = '2s';

export function schemas(run: RunContext, ground: SchemaGround): Source {
  const { server, database } = ground;
  const logins = new Logins();
  const urlOf = (name: string): string =>
    inSchema(server.url(database, server.whose === 'ours' ? logins.of(name) : null), name);
  const pool = new ReadyPool({
    ahead: run.options.leases + 1,
    connect: () => server.connect(database),
    nameOf: (number) => `${server.prefix}_${number}`,
    make: async (session, name) => {
      await create(session, ground, name, logins);
      return fill(run, ground, { name, url: urlOf(name), session });
    },
    drop: (session, name) => drop(session, server, name),
  });
  return {
    lease: async () => {
      const taken = await pool.take();
      if (!taken.ok) return failed({ service: server.service.name, ...taken.error });
      const name = taken.value;
      let kept = false;
      return ok({
        fields: { url: urlOf(name), host: server.host, port: server.port },
        origin: null,
        shared: true,
        crashed: never(),
        measure: async () => null,
        keep: async () => {
          const result = await keepSchema(server, { database, name }, (now) =>
            inSchema(server.url(database, server.whose === 'ours' ? logins.of(name) : null), now),
          );
          kept = result.ok;
          if (kept) pool.letGo(name);
          return result;
        },
        release: async () => {
          if (!kept) pool.giveBack(name);
          return { forced: false, ms: 0 };
        },
      });
    },
    close: (made) => pool.close(made),
  };
}

/** What is in `public` (extensions) stays within reach, behind it. */
function inSchema(url: string, schema: string): string {
  const led = new URL(url);
  const before = led.searchParams.get('options');
  led.searchParams.delete('options');
  const options = [...(before === null ? [] : [before]), `-c search_path=${schema},public`].join(' ');
  // `+` for a blank, as URLSearchParams writes it, is a plus to libpq.
  led.search = `${led.search === '' ? '?' : `${led.search}&`}options=${encodeURIComponent(options)}`;
  return led.href;
}

async function create(
  session: Session,
  { server, database }: SchemaGround,
  name: string,
  logins: Logins,
): Promise<void> {
  const quoted = identifier(name);
  if (server.whose === 'foreign') {
    await session.query(`CREATE SCHEMA ${quoted}`);
    await session.query(signed('schema', name));
    return;
  }
  const { password } = logins.of(name);
  await session.query(`CREATE ROLE ${quoted} LOGIN NOSUPERUSER PASSWORD '${password}'`);
  await session.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${identifier(database)} TO ${quoted}`);
  await session.query(`CREATE SCHEMA ${quoted} AUTHORIZATION ${quoted}`);
}

async function drop(session: Session, { whose }: PostgresServer, name: string): Promise<void> {
  if (whose === 'foreign') {
    await session.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
    await session.query(`DROP SCHEMA IF EXISTS ${identifier(name)} CASCADE`);
    return;
  }
  await dropSchema(session, { schema: name, role: name });
}

interface Fresh {
  readonly name: string;
  readonly url: string;
  /** as whoever made it */
  readonly session: Session;
}

async function fill(
  run: RunContext,
  { server, preparation, commands }: SchemaGround,
  { name, url, session: maker }: Fresh,
): Promise<Result<void, MigrationFailure>> {
  const steps = [preparation.migrate, preparation.seed].filter(({ kind }) => kind !== 'none');
  if (steps.length === 0) return ok(undefined);
  const before = server.whose === 'foreign' ? await outside(maker, name) : new Set<string>();
  const session = await connect({ connectionString: url });
  const onStop = await endedBy(maker, session);
  run.signal.addEventListener('abort', onStop, { once: true });
  // In one transaction, so that what is refused is undone; a command makes its own.
  const whole = server.whose === 'foreign' && steps.every(({ kind }) => kind === 'sql');
  const { service } = server;
  const target = {
    session,
    url,
    commands,
    log: (key: string) => run.logPath(`${service.name}.${key}`),
  };
  try {
    if (whole) await session.query('BEGIN');
    for (const step of steps) {
      const applied = await apply(run, step, target);
      if (!applied.ok) return err(withHint(applied.error));
    }
    if (server.whose === 'foreign') {
      const made = [...(await outside(session, name))].filter((one) => !before.has(one));
      if (made.length > 0) return err(madeOutside(made, whole ? 'undone' : 'left'));
    }
    if (whole) await session.query('COMMIT');
    return ok(undefined);
  } finally {
    run.signal.removeEventListener('abort', onStop);
    await session.end();
  }
}

/** A migration may run for minutes: ending its session ends it. */
async function endedBy(maker: Session, session: Session): Promise<() => void> {
  const pid = await scalar(session, 'SELECT pg_backend_pid()');
  return () => void maker.query(`SELECT pg_terminate_backend(${pid})`).catch(() => {});
}

const withHint = ({ reason, remedy, ...rest }: MigrationFailure): MigrationFailure => ({
  ...rest,
  reason,
  remedy: `${remedy}; with isolation: schema it must name no schema itself, or choose isolation: database`,
});

/** Tables, views, sequences, functions and extensions that are in no schema of ours. */
async function outside(session: Session, own: string): Promise<ReadonlySet<string>> {
  const rows = await session.query(`
    SELECT nspname || '.' || relname AS thing FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND nspname !~ '^(pg_|information_schema$|rt_)'
    UNION ALL
    SELECT nspname || '.' || proname || '()' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE nspname !~ '^(pg_|information_schema$|rt_)'
    UNION ALL
    SELECT 'extension ' || extname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
      WHERE nspname = '${own}'`);
  return new Set(rows.map(({ thing }) => String(thing)));
}

function madeOutside(made: readonly string[], fate: 'undone' | 'left'): MigrationFailure {
  const shown = made.length > 3 ? [...made.slice(0, 3), '…'] : made;
  return {
    reason: `isolation: schema: the migrations make ${shown.join(', ')}, which every file would share${fate === 'left' ? '; that is in the database now' : ''}`,
    remedy:
      'leave the schema out of the names in the migrations, create extensions in the database beforehand, or choose isolation: database',
  };
}

/** Extensions that SQL files ask for: only a superuser can make them where all schemas find them, so it is done once before. */
export function extensionsOf({ migrate, seed }: Preparation): readonly string[] {
  const names = new Set<string>();
  for (const step of [migrate, seed]) {
    if (step.kind !== 'sql') continue;
    for (const { bytes } of step.files) {
      const found = bytes
        .toString('utf8')
        .matchAll(/^\s*create\s+extension\s+if\s+not\s+exists\s+"?([\w-]+)"?/gim);
      for (const [, name = ''] of found) names.add(name);
    }
  }
  return [...names];
}
