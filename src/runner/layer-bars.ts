/**
 * Whether the failures of a layer are within its `pass` bar so far: then what comes after its categories runs all the same.
 * Pure: it counts what it is told. Whether the bar holds in the end is told from the events.
 */
import type { Plan, PlannedFile, PlannedLayer } from '../categories/index.ts';
import type { FileVerdict } from '../events/index.ts';

interface Count {
  passed: number;
  failed: number;
  /** what is missing can't be told from what ran */
  incomplete: boolean;
}

export class LayerBars {
  readonly #layerOf: ReadonlyMap<string, PlannedLayer>;
  readonly #counts = new Map<PlannedLayer, Count>();

  constructor({ layers, shard }: Plan) {
    // Of a part nobody can tell the share of the whole.
    const judged = shard === undefined ? layers.filter(({ pass }) => pass !== null) : [];
    this.#layerOf = new Map(
      judged.flatMap((layer) => layer.categories.map((category) => [category, layer] as const)),
    );
  }

  /** A file has ended for good. @param failed at least 1 where it is red */
  ended(
    { category }: PlannedFile,
    {
      verdict,
      passed,
      failed,
    }: { readonly verdict: FileVerdict; readonly passed: number; readonly failed: number },
  ): void {
    const layer = this.#layerOf.get(category);
    if (layer === undefined) return;
    const count = this.#counts.get(layer) ?? { passed: 0, failed: 0, incomplete: false };
    count.passed += passed;
    count.failed += failed;
    count.incomplete ||= verdict === 'infra-failed' || verdict === 'not-run';
    this.#counts.set(layer, count);
  }

  /** Whether what failed in the category is within the bar of its layer, of all that has ended there. */
  tolerates(category: string): boolean {
    const layer = this.#layerOf.get(category);
    const count = layer === undefined ? undefined : this.#counts.get(layer);
    if (layer === undefined || count === undefined || count.incomplete) return false;
    const { passed, failed } = count;
    return passed > 0 && passed * 100 >= (layer.pass ?? 100) * (passed + failed);
  }
}
