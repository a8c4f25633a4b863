/** What is proven already, told from the records alone: nothing is run. */
import type { PlannedFile } from '../../categories/index.ts';
import type { Config } from '../../config/index.ts';
import type { FileId } from '../../events/index.ts';
import { digestOf, fingerprints } from './fingerprint.ts';
import type { Mutation } from './mutations.ts';
import { notJudged } from './prove.ts';
import { isCurrent, readProof } from './record.ts';
import { sourcesOf } from './sources.ts';

export interface Standing {
  readonly file: FileId;
  /** `changed`: its proof is of what it, its services or the declared faults were then */
  readonly state: 'proven' | 'changed' | 'never';
  /** ISO 8601; null: never */
  readonly at: string | null;
  readonly notices: number;
  /** titles of its vacuous tests */
  readonly vacuous: readonly string[];
}

/** @returns one for each of the files that can be judged, in their order */
export async function standings(
  config: Config,
  files: readonly PlannedFile[],
  mutations: readonly Mutation[],
): Promise<readonly Standing[]> {
  const judged = files.filter((file) => notJudged(file) === null);
  const prints = fingerprints(judged, config, await sourcesOf(judged));
  const digest = digestOf(mutations, config);
  return judged.map(({ id }) => {
    const proof = readProof(config.root, id);
    if (proof === null) return { file: id, state: 'never', at: null, notices: 0, vacuous: [] };
    const vacuous = proof.tests.filter(({ verdict }) => verdict === 'vacuous').map(({ title }) => title);
    return {
      file: id,
      state: isCurrent(proof, prints.get(id) ?? '', digest) ? 'proven' : 'changed',
      at: proof.at,
      notices: proof.tests.filter(({ verdict }) => verdict === 'notices').length,
      vacuous,
    };
  });
}
