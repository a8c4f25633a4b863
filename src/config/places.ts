/**
 * Where in the registry's text its keys and values stand. They are kept beside what was read from it, by the hash of the text:
 * what turns out to be wrong only when the registry is used can be pointed at without reading it as YAML again.
 */
import type { Span } from './diagnostic.ts';

export type KeyPath = readonly (string | number)[];

export interface Place {
  /** null for items of a list and for the top */
  readonly key: Span | null;
  readonly value: Span;
  readonly scalar: boolean;
}

/** By `pathKey`. */
export type Places = ReadonlyMap<string, Place>;

export const pathKey = (path: KeyPath): string => JSON.stringify(path);

const known = new Map<string, Places>();

/** @param hash SHA-256 of the text, in hex */
export const keepPlaces = (hash: string, places: Places): void => void known.set(hash, places);

export const placesOf = (hash: string): Places => known.get(hash) ?? new Map();

/**
 * The place of a key or value; of the nearest thing around it where it is not written out. `text`: the whole text of the
 * value or of what is around it, to be searched.
 */
export function spanAt(places: Places, path: KeyPath, on: 'key' | 'value' | 'text'): Span {
  for (let length = path.length; length >= 0; length -= 1) {
    const place = places.get(pathKey(path.slice(0, length)));
    if (place === undefined) continue;
    if (on === 'text') return place.value;
    // A single item stands for a list of it.
    const written = length === path.length || (place.scalar && on === 'value');
    if (on === 'key' || !written) return place.key ?? place.value;
    return place.value.end > place.value.start ? place.value : (place.key ?? place.value);
  }
  return { start: 0, end: 1 };
}
