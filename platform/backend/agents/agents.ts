/**
 * The five agents. Triage meets every question: it answers by itself, or hands over to the stages behind it, whose order
 * is checked by the pipeline and not by the model. Each of those knows its orders and what was found before it.
 */
import { isFields } from '../../shared/bodies.ts';
import type { Stage } from '../../shared/critical-values.ts';
import { mutated } from '../../shared/mutations.ts';
import type { Completion, LanguageModel, ToolDescription } from '../llm-client.ts';
import type { ToolDispatcher } from '../tools/index.ts';
import { type Consultation, concluded, conversationOf } from './consultation.ts';
import type { Agent, AgentAnswer, AgentRun, Finding } from './instance-factory.ts';
import { PipelineRefused } from './pipeline.ts';

export type ToolsForRun = (run: AgentRun) => Promise<ToolDispatcher>;

interface Orders {
  readonly task: string;
  readonly thought: string;
  readonly tools: 'offered' | 'none';
}
const ORDERS: Readonly<Record<Stage, Orders>> = {
  triage: {
    task: 'Answer questions about the use of this account, with a tool where it helps. Hand over what needs a plan.',
    thought: 'Deciding what is needed for an answer',
    tools: 'offered',
  },
  data: {
    task: 'Collect with a tool the numbers that the question is about.',
    thought: 'Collecting the numbers',
    tools: 'offered',
  },
  optimization: {
    task: 'Say from the numbers what could be done better.',
    thought: 'Looking for what could be better',
    tools: 'none',
  },
  actions: {
    task: 'Turn each improvement into a step that somebody can take.',
    thought: 'Turning improvements into steps',
    tools: 'none',
  },
  reporting: {
    task: 'Write the answer to the question from all that is known.',
    thought: 'Writing the report',
    tools: 'none',
  },
};

/** Not a tool: calling it ends triage. */
const HAND_OVER: ToolDescription = {
  name: 'hand_over',
  description: 'Hand the question over to the stages that it needs, in order',
  parameters: {
    type: 'object',
    properties: {
      stages: { type: 'array', items: { enum: ['data', 'optimization', 'actions', 'reporting'] } },
    },
  },
};

export function agents(model: LanguageModel, toolsFor: ToolsForRun): ReadonlyMap<Stage, Agent> {
  return new Map<Stage, Agent>([
    ['triage', agent('triage', model, toolsFor)],
    ['data', agent('data', model, toolsFor)],
    ['optimization', agent('optimization', model, toolsFor)],
    ['actions', agent('actions', model, toolsFor)],
    ['reporting', agent('reporting', model, toolsFor)],
  ]);
}

function agent(stage: Stage, model: LanguageModel, toolsFor: ToolsForRun): Agent {
  const { thought, tools: use } = ORDERS[stage];
  return async (run) => {
    const { events, findings, signal } = run;
    if (stage === 'triage')
      events.emit('agent_started', { status: 'started', message: 'Looking at your question' });
    const hasData = findings.some((finding) => finding.stage === 'data');
    if (stage === 'optimization' && !hasData && !mutated('skip-data-check'))
      throw new PipelineRefused(
        [...findings.map((finding) => finding.stage), stage],
        'optimization_without_data',
      );
    const tools = await toolsFor(run);
    const stop = (): void => tools.cleanup();
    signal.addEventListener('abort', stop, { once: true });
    try {
      events.emit('agent_thinking', { thought, step: findings.length + 1 });
      const own = use === 'offered' ? tools.list() : [];
      const offered = stage === 'triage' ? [...own, HAND_OVER] : own;
      const consultation: Consultation = { model, orders: ordersOf(stage, findings), tools, offered };
      const asking = mutated('ignore-stop') ? new AbortController().signal : signal;
      const first = await model.complete(conversationOf(consultation, run), offered, asking);
      return handedOver(stage, first) ?? (await concluded(consultation, run, first));
    } finally {
      signal.removeEventListener('abort', stop);
      tools.cleanup();
    }
  };
}

const ordersOf = (stage: Stage, findings: readonly Finding[]): string =>
  [
    `You are the ${stage} agent. ${ORDERS[stage].task}`,
    ...(findings.length === 0 ? [] : ['Known so far:']),
    ...findings.map((finding) => `${finding.stage}: ${finding.text}`),
  ].join('\n');

function handedOver(stage: Stage, first: Completion): AgentAnswer | undefined {
  if (stage !== 'triage' || first.kind !== 'tool' || first.name !== HAND_OVER.name) return undefined;
  const stages = isFields(first.args) && Array.isArray(first.args.stages) ? first.args.stages : [];
  return { text: '', toolsUsed: [], plan: stages.map(String) };
}
