/**
 * The first agent to meet a question. It asks the model, lets it use one tool if it wants to, and says what it found.
 * Its events tell the user what is going on; `agent_completed` is sent by whoever keeps the answer.
 */
import type { LanguageModel, ModelMessage } from '../llm-client.ts';
import type { ToolDispatcher } from '../tools/dispatcher.ts';
import type { Agent, AgentRun } from './instance-factory.ts';

export type ToolsForRun = (run: AgentRun) => Promise<ToolDispatcher>;

export function triageAgent(model: LanguageModel, toolsFor: ToolsForRun): Agent {
  return async (run) => {
    const { events, question, signal } = run;
    events.emit('agent_started', { status: 'started', message: 'Looking at your question' });
    const tools = await toolsFor(run);
    try {
      const conversation: ModelMessage[] = [
        {
          role: 'system',
          content: 'You answer questions about the use of this account. Use a tool where it helps.',
        },
        { role: 'user', content: question },
      ];
      events.emit('agent_thinking', { thought: 'Deciding what is needed for an answer', step: 1 });
      const first = await model.complete(conversation, tools.list(), signal);
      if (first.kind === 'text') return { text: first.text, toolsUsed: [] };

      const outcome = await tools.execute(first.name, first.args);
      events.emit('agent_thinking', {
        thought: `Reading what ${first.name} answered`,
        step: 2,
        total_steps: 2,
      });
      const learned = outcome.success
        ? JSON.stringify(outcome.result)
        : `${first.name} failed: ${outcome.error}`;
      const second = await model.complete(
        [...conversation, first.message, { role: 'tool', tool_call_id: first.callId, content: learned }],
        [],
        signal,
      );
      if (second.kind === 'tool')
        throw new Error('the model asked for a tool again where it was offered none');
      return { text: second.text, toolsUsed: [first.name] };
    } finally {
      tools.cleanup();
    }
  };
}
