/**
 * Runs inside a test process before its file, where NODE_EXTRA_CA_CERTS was set. Node 20 makes a store of all certificates
 * that it trusts when such a process starts, which takes longer than the start itself. Here the variable comes back, for the
 * file and for what it starts, and its certificates are added to each context that trusts what Node trusts by default.
 * In: `RUNNER_TRUST` (a `LateTrust`), which is gone afterwards.
 */
import tls from 'node:tls';
import { EXTRA, type LateTrust, TRUST } from './wire.ts';

/** Node's own half of a context; the documentation has no word for it. */
interface Native {
  /** what Node trusts by default; called where a context has no `ca` */
  addRootCerts(): void;
  addCACert(pem: string): void;
}

function trust(certificates: string): void {
  // Its types leave out that a context can be made without options.
  const { SecureContext } = tls as unknown as { SecureContext: new () => { context: Native } };
  const native: Native = Object.getPrototypeOf(new SecureContext().context);
  const { addRootCerts } = native;
  native.addRootCerts = function (this: Native): void {
    Reflect.apply(addRootCerts, this, []);
    this.addCACert(certificates);
  };
}

const text = process.env[TRUST];
if (text !== undefined) {
  delete process.env[TRUST];
  // The runner has written it.
  const { variable, certificates } = JSON.parse(text) as LateTrust;
  process.env[EXTRA] = variable;
  if (certificates !== '') trust(certificates);
}
