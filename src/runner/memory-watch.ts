/**
 * How much memory the files that run take: one look at all of their process groups at a time, as often as it is worth. The
 * peak is what was seen; what came and went between two looks was not.
 */
import type { PlannedLayer } from '../categories/index.ts';
import { memoryOfGroups, type Newcomers } from '../processes/index.ts';

/** Between two looks, ms: while a file has a limit or a layer a bar, and while none has. */
const CLOSE = 50;
const LOOSE = 500;
/** A look may take this part of the time at most: on a machine with thousands of processes it is done less often. */
const SHARE = 1 / 20;

export interface MemoryWatched {
  /** the most that was seen, bytes; null: it was over before anybody looked */
  peak(): number | null;
  stop(): void;
}

interface Entry {
  readonly category: string;
  readonly limit: number | null;
  readonly over: (reached: number) => void;
  peak: number | null;
}

export class MemoryWatch {
  readonly #entries = new Map<number, Entry>();
  readonly #newcomers: Newcomers;
  readonly #layerOf: ReadonlyMap<string, string>;
  readonly #peaks = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  /** when it rings */
  #due = 0;

  /** some layer has a bar */
  readonly #barred: boolean;

  /** @param layers whose files are added up @param newcomers made before the first file began */
  constructor(layers: readonly Pick<PlannedLayer, 'name' | 'categories' | 'memory'>[], newcomers: Newcomers) {
    this.#newcomers = newcomers;
    this.#barred = layers.some(({ memory }) => memory !== null);
    this.#layerOf = new Map(
      layers.flatMap(({ name, categories }) => categories.map((category) => [category, name] as const)),
    );
  }

  /** @param over told once, what it has come to, in bytes */
  watch(
    group: number,
    of: {
      readonly category: string;
      readonly limit: number | null;
      readonly over: (reached: number) => void;
    },
  ): MemoryWatched {
    const entry: Entry = { ...of, peak: null };
    this.#entries.set(group, entry);
    this.#schedule(0);
    return {
      peak: () => entry.peak,
      stop: () => void this.#entries.delete(group),
    };
  }

  /** The most that was seen of all files of a layer at one moment, bytes; null: nothing was seen. */
  peakOf(layer: string): number | null {
    return this.#peaks.get(layer) ?? null;
  }

  #look(): void {
    const sums = new Map<string, number>();
    for (const [group, bytes] of memoryOfGroups(new Set(this.#entries.keys()), this.#newcomers.ids())) {
      const entry = this.#entries.get(group);
      if (entry === undefined) continue;
      const layer = this.#layerOf.get(entry.category);
      if (layer !== undefined) sums.set(layer, (sums.get(layer) ?? 0) + bytes);
      const before = entry.peak ?? 0;
      entry.peak = Math.max(before, bytes);
      const { limit } = entry;
      if (limit !== null && bytes > limit && before <= limit) entry.over(bytes);
    }
    for (const [layer, bytes] of sums) this.#peaks.set(layer, Math.max(this.#peaks.get(layer) ?? 0, bytes));
  }

  /** Sees to it that the next look comes soon enough. @param took ms of the one before; 0: it is for a new file */
  #schedule(took: number): void {
    const close = this.#barred || [...this.#entries.values()].some(({ limit }) => limit !== null);
    const due = performance.now() + Math.max(close ? CLOSE : LOOSE, took / SHARE);
    if (this.#timer !== null) {
      if (due >= this.#due) return;
      clearTimeout(this.#timer);
    }
    this.#due = due;
    this.#timer = setTimeout(() => this.#tick(), due - performance.now());
    this.#timer.unref();
  }

  #tick(): void {
    this.#timer = null;
    if (this.#entries.size === 0) return;
    const began = performance.now();
    this.#look();
    this.#schedule(performance.now() - began);
  }
}
