/** Layers as they are written → as they are used, and whether they fit each other and the categories. */

import type { LayerConfig } from './profile-config.ts';
import { type Finding, findCircles, shownCircle } from './references.ts';
import type { Registry } from './schema.ts';

export const toLayers = ({ layers = {} }: Registry): ReadonlyMap<string, LayerConfig> =>
  new Map(
    Object.entries(layers).map(([name, layer]) => [
      name,
      {
        name,
        description: layer.description ?? '',
        categories: [...new Set(layer.categories)],
        after: [...new Set(layer.after ?? [])],
        within: layer.within ?? null,
        memory: layer.memory ?? null,
        pass: layer.pass ?? null,
      },
    ]),
  );

export function layerFindings(registry: Registry): readonly Finding[] {
  return [...inTwoLayers(registry), ...circles(registry)];
}

/** Whose bar would hold for it? */
function inTwoLayers({ layers = {} }: Registry): readonly Finding[] {
  const owners = new Map<string, string>();
  return Object.entries(layers).flatMap(([layer, { categories }]) =>
    categories.flatMap((category, at) => {
      const owner = owners.get(category);
      owners.set(category, owner ?? layer);
      if (owner === undefined || owner === layer) return [];
      // A single category is written without a list.
      const path = ['layers', layer, 'categories', ...(categories.length === 1 ? [] : [at])];
      const message = `category "${category}" is in layer "${owner}" already`;
      return [{ path, on: 'value' as const, part: null, message, hint: 'expected one layer at most' }];
    }),
  );
}

/** Layers that wait for each other, and those whose order contradicts that of their categories. */
function circles({ layers = {}, categories = {} }: Registry): readonly Finding[] {
  const finding = (layer: string, message: string): Finding => ({
    path: ['layers', layer, 'after'],
    on: 'value',
    part: null,
    message,
    hint: 'expected no circle',
  });
  const among = findCircles(
    new Map(Object.entries(layers).map(([name, { after = [] }]) => [name, after])),
  ).map((circle) =>
    finding(circle[0] ?? '', `layers wait for each other in a circle: ${shownCircle(circle)}`),
  );
  if (among.length > 0) return among;
  const own = new Map(Object.entries(categories).map(([name, { after = [] }]) => [name, after]));
  if (findCircles(own).length > 0) return [];
  const layerOf = new Map(
    Object.entries(layers).flatMap(([layer, of]) => of.categories.map((category) => [category, layer])),
  );
  const before = (category: string): readonly string[] =>
    (layers[layerOf.get(category) ?? '']?.after ?? []).flatMap((other) => layers[other]?.categories ?? []);
  const names = new Set([...own.keys(), ...layerOf.keys()]);
  const all = new Map([...names].map((name) => [name, [...(own.get(name) ?? []), ...before(name)]]));
  return findCircles(all).flatMap((circle) => {
    const at = circle.find((name) => (layers[layerOf.get(name) ?? '']?.after ?? []).length > 0);
    const layer = layerOf.get(at ?? '');
    return layer === undefined
      ? []
      : [finding(layer, `the order of the layers contradicts that of categories: ${shownCircle(circle)}`)];
  });
}
