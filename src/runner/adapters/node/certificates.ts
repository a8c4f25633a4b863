/**
 * Which certificates NODE_EXTRA_CA_CERTS adds to Node's own, and whether they can be added when they are needed; see trust.ts.
 * In: the environment of a test process. Out: what it is given instead of the variable, or that it keeps it.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EXTRA, type LateTrust } from './wire.ts';

/** Later versions of Node read the file when it is needed by themselves. */
const READS_AT_START = /^20\./.test(process.versions.node);
/** A Node that brings its own OpenSSL also brings the certificates that it trusts; others trust the system's. */
const TRUSTS_ITS_OWN = Reflect.get(process.config.variables, 'node_shared_openssl') === false;
/** Linux refuses a variable of 128 KiB; more certificates than that are better read once. */
const LONGEST = 100_000;

export class Certificates {
  readonly #cwd: string;
  readonly #known = new Map<string, string | null>();

  /** @param cwd of the processes: a path may be relative to it */
  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /** @returns what stands for the variable; null: it stays, for there is none, or only Node knows what it makes of the file */
  late(env: Readonly<Record<string, string>>): LateTrust | null {
    const variable = env[EXTRA];
    if (variable === undefined || variable === '' || !READS_AT_START || !TRUSTS_ITS_OWN) return null;
    if (/-ca\b/.test(env.NODE_OPTIONS ?? '')) return null;
    const path = resolve(this.#cwd, variable);
    const known = this.#known.get(path);
    const certificates = known === undefined ? missingIn(path) : known;
    this.#known.set(path, certificates);
    return certificates === null ? null : { variable, certificates };
  }
}

/** The file's certificates that Node has not itself, PEM; null where the file is anything but whole certificates. */
function missingIn(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8');
    const all = text.match(CERTIFICATE) ?? [];
    if (all.length === 0 || text.split('-----BEGIN').length - 1 !== all.length) return null;
    // Loaded where there is such a file: this module is there for every command.
    const own = new Set(process.getBuiltinModule('node:tls').rootCertificates.map(withoutSpace));
    const missing = all.filter((certificate) => !own.has(withoutSpace(certificate)));
    // Throws where it is none.
    for (const certificate of missing) new X509Certificate(certificate);
    const joined = missing.join('\n');
    return joined.length > LONGEST ? null : joined;
  } catch {
    return null;
  }
}

const CERTIFICATE = /^-----BEGIN CERTIFICATE-----\r?\n[A-Za-z\d+/=\r\n]+-----END CERTIFICATE-----/gm;
const withoutSpace = (pem: string): string => pem.replace(/\s/g, '');
