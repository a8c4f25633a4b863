/** The order in which stages may follow one another, checked before any of them runs, and the run in that order. */
import { PIPELINE, type Stage } from '../../shared/critical-values.ts';
import { mutated } from '../../shared/mutations.ts';
import type { Engine } from './engine.ts';
import type { AgentAnswer, Finding } from './instance-factory.ts';

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

/**
 * Triage first; then, where it hands over, the stages that it named, in order and each told what those before it found.
 * The answer is the last one's. @throws PipelineRefused before any of them where the order is wrong; what an agent throws
 */
export async function conduct(engine: Engine, question: string): Promise<AgentAnswer> {
  const first = await engine.run('triage', question);
  if (first.plan === undefined) return first;
  const [, ...stages] = checkedPipeline(['triage', ...first.plan]);
  const findings: Finding[] = [];
  const toolsUsed = [...first.toolsUsed];
  for (const stage of stages) {
    const told = mutated('forget-findings') ? [] : [...findings];
    const answer = await engine.run(stage, question, told);
    findings.push({ stage, text: answer.text });
    toolsUsed.push(...answer.toolsUsed);
  }
  return { text: findings.at(-1)?.text ?? first.text, toolsUsed };
}
