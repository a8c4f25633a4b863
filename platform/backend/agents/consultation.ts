/**
 * One talk with the language model: it is asked, may use one tool, and says what it found. What is going on is told in
 * events; what the tool answered goes back to the model whole, and to the user cut and cleaned.
 */
import type { Completion, LanguageModel, ModelMessage, ToolDescription } from '../llm-client.ts';
import type { ToolDispatcher } from '../tools/index.ts';
import type { AgentAnswer, AgentRun } from './instance-factory.ts';

export interface Consultation {
  readonly model: LanguageModel;
  /** what the agent is, and what it knows */
  readonly orders: string;
  readonly tools: ToolDispatcher;
  readonly offered: readonly ToolDescription[];
}

export function conversationOf({ orders }: Consultation, { question }: AgentRun): readonly ModelMessage[] {
  return [
    { role: 'system', content: orders },
    { role: 'user', content: question },
  ];
}

/** Answers with the text, or uses the tool that was asked for and answers with what comes of it. */
export async function concluded(
  { model, tools, ...consultation }: Consultation,
  run: AgentRun,
  first: Completion,
): Promise<AgentAnswer> {
  const { events, signal } = run;
  if (first.kind === 'text') return { text: first.text, toolsUsed: [] };
  const outcome = await tools.execute(first.name, first.args);
  const step = run.findings.length + 2;
  events.emit('agent_thinking', {
    thought: `Reading what ${first.name} answered`,
    step,
    total_steps: step,
  });
  const learned = outcome.success ? JSON.stringify(outcome.result) : `${first.name} failed: ${outcome.error}`;
  const conversation = conversationOf({ model, tools, ...consultation }, run);
  const second = await model.complete(
    [...conversation, first.message, { role: 'tool', tool_call_id: first.callId, content: learned }],
    [],
    signal,
  );
  if (second.kind === 'tool') throw new Error('the model asked for a tool again where it was offered none');
  return { text: second.text, toolsUsed: [first.name] };
}
