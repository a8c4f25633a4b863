/** Certificates made for one test, and servers that show them. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { join } from 'node:path';

export const FOR_LOCALHOST = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];

/** Makes `<name>.key` and `<name>.crt` in the folder, good for a day; signed by itself unless `-CA` is among the rest. */
export function certificate(folder: string, name: string, subject: string, ...more: readonly string[]): void {
  const args = [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
    ...['-keyout', `${name}.key`, '-out', `${name}.crt`, '-subj', subject, ...more],
  ];
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
}

/** What `createServer` of tls and https takes. */
export const shownBy = (folder: string, name: string): { readonly key: Buffer; readonly cert: Buffer } => ({
  key: readFileSync(join(folder, `${name}.key`)),
  cert: readFileSync(join(folder, `${name}.crt`)),
});

/** @returns the URL, by the name that the certificate is for */
export async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it listens on no port');
  return `https://localhost:${address.port}`;
}
