/** Layers in `runner list` and `--dry-run`: what each consists of, and its bars in the words of the registry. */
import type { Plan } from '../categories/index.ts';
import { formatDuration, formatSize, type LayerConfig } from '../config/index.ts';
import { fit, listing, oneLine } from '../reporters/index.ts';
import type { Terminal } from './terminal.ts';

type Bars = Pick<LayerConfig, 'within' | 'memory' | 'pass'>;

const barWords = ({ within, memory, pass }: Bars): string =>
  [
    within === null ? '' : `within ${formatDuration(within)}`,
    memory === null ? '' : `memory ${formatSize(memory)}`,
    pass === null ? '' : `pass ${pass}%`,
  ]
    .filter((bar) => bar !== '')
    .join(', ');

/** Empty where the registry has none. */
export function layerListing(layers: Iterable<LayerConfig>, { theme }: Terminal): string {
  const rows = [...layers].map((layer) => [
    layer.name,
    layer.categories.join(', '),
    layer.after.join(', '),
    barWords(layer),
    fit(oneLine(layer.description), 60),
  ]);
  if (rows.length === 0) return '';
  return listing([theme.bold('Layer'), 'Categories', 'After', 'Bars', ''], rows, [
    'left',
    'left',
    'left',
    'left',
    'left',
  ]);
}

/** The layers that a plan was asked for. */
export const plannedLayerLines = ({ layers }: Plan, { theme }: Terminal): readonly string[] =>
  layers.map((layer) => {
    const narrowed = layer.narrowed === null ? '' : `narrowed by ${layer.narrowed}`;
    const notes = [barWords(layer), narrowed].filter((note) => note !== '').join('; ');
    return ` ${theme.bold('layer')}  ${layer.name}: ${layer.categories.join(', ')}${notes === '' ? '' : `; ${notes}`}`;
  });
