/**
 * What is known of a file's tests, and where it is kept: `.runner/proof/<hash of its id>.json` of the project. A record
 * counts as long as its fingerprint does; one that can't be read or written costs time and nothing else.
 */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SabotageKind } from '../../categories/index.ts';
import { recordsFolder } from '../../config/index.ts';
import { type FileId, writeWhole } from '../../events/index.ts';
import { projectFolder } from '../../runner/index.ts';
import type { Cell } from './cells.ts';

export interface ProvenTest {
  /** `suite > test` */
  readonly title: string;
  /**
   * `notices`: red under a sabotage of a service that its file needs, be it through another, or under a fault of the
   * product. `vacuous`: its body met the sabotage of every one that its file names, and every fault, and it was never red.
   * `undecided`: for at least one of them its body never came to that. `open`: not all has been tried yet.
   */
  readonly verdict: 'notices' | 'vacuous' | 'undecided' | 'open';
  /** those of `FileProof.services`, and what was tried, in that order */
  readonly services: readonly {
    readonly service: string;
    readonly tried: readonly { readonly kind: SabotageKind; readonly cell: Cell }[];
  }[];
  /** declared faults that it met, as long as nothing else had turned it red */
  readonly faults: readonly { readonly name: string; readonly cell: Cell }[];
}

export interface FileProof {
  readonly file: FileId;
  readonly suite: string;
  /** that it claims to need, then those beneath them that had to be tried as well */
  readonly services: readonly string[];
  readonly fingerprint: string;
  /** ISO 8601 */
  readonly at: string;
  /** what it takes with all services there */
  readonly ms: number;
  /** why its tests are not judged: it is red with all services there */
  readonly red: string | null;
  /** digest of the faults that there were; empty: none; null: not all of them were tried */
  readonly faced: string | null;
  /** those that pass with all services there */
  readonly tests: readonly ProvenTest[];
}

/** Changes with what an experiment is, so that what an older one found is not believed. */
export const PROOF_VERSION = 2;

const nameOf = (file: FileId): string =>
  `${createHash('sha256').update(file).digest('hex').slice(0, 24)}.json`;

/** @returns the last proof of the file, be it of its present content or not */
export function readProof(root: string, file: FileId): FileProof | null {
  const path = join(recordsFolder(root), 'proof', nameOf(file));
  if (!existsSync(path)) return null;
  try {
    // It is our own file; one of another version, or cut, is not believed.
    const { version, proof } = JSON.parse(readFileSync(path, 'utf8')) as {
      version: unknown;
      proof: FileProof;
    };
    return version === PROOF_VERSION && proof.file === file ? proof : null;
  } catch {
    return null;
  }
}

/** Whether a proof is of the files as they are, and of the faults that there are: those matter only to what they decided. */
export function isCurrent(proof: FileProof | null, fingerprint: string, faults: string): proof is FileProof {
  if (proof?.fingerprint !== fingerprint) return false;
  const decided = proof.tests.every(({ verdict, faults }) => verdict === 'notices' && faults.length === 0);
  return decided || proof.faced === faults;
}

export function writeProof(root: string, proof: FileProof): void {
  try {
    const folder = projectFolder(root, 'proof');
    writeWhole(join(folder, nameOf(proof.file)), JSON.stringify({ version: PROOF_VERSION, proof }));
  } catch {
    // A read-only project is proven anew each time.
  }
}
