/** The order in which stages may follow one another, checked before any of them runs. */
import { PIPELINE, type Stage } from '../../shared/critical-values.ts';
import { mutated } from '../../shared/mutations.ts';

export class PipelineRefused extends Error {
  constructor(
    readonly stages: readonly string[],
    readonly problem: 'empty' | 'unknown_stage' | 'wrong_order' | 'optimization_without_data',
  ) {
    super(`pipeline [${stages.join(', ')}] refused: ${problem}; the order is ${PIPELINE.join(' → ')}`);
  }
}

const isStage = (name: string): name is Stage => PIPELINE.some((stage) => stage === name);

/** The stages, where each comes after those that it builds on. @throws PipelineRefused */
export function checkedPipeline(names: readonly string[]): readonly Stage[] {
  const stages = names.filter(isStage);
  if (names.length === 0) throw new PipelineRefused(names, 'empty');
  if (stages.length !== names.length) throw new PipelineRefused(names, 'unknown_stage');
  if (mutated('any-agent-order')) return stages;
  const places = stages.map((stage) => PIPELINE.indexOf(stage));
  if (places.some((place, at) => at > 0 && place <= (places[at - 1] ?? -1)))
    throw new PipelineRefused(names, 'wrong_order');
  if (stages.includes('optimization') && !stages.includes('data'))
    throw new PipelineRefused(names, 'optimization_without_data');
  return stages;
}
