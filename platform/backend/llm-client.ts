/** Talks to a language model over the OpenAI chat completions protocol, streamed. */
import { isFields, textField } from '../shared/bodies.ts';

export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments */
  readonly parameters: object;
}

export type ModelMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: null; readonly tool_calls: readonly object[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

export type Completion =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'tool';
      readonly name: string;
      readonly args: unknown;
      readonly callId: string;
      /** what the conversation goes on with */
      readonly message: ModelMessage;
    };

/** The model refused, failed, spoke another protocol, or cannot be reached. */
export class ModelFailed extends Error {}

export interface LanguageModel {
  /** @throws ModelFailed, or what `signal` was aborted with */
  complete(
    messages: readonly ModelMessage[],
    tools: readonly ToolDescription[],
    signal: AbortSignal,
  ): Promise<Completion>;
}

/** ms for one whole answer */
const ANSWER_WITHIN = 60_000;

export function languageModel(url: string): LanguageModel {
  const endpoint = new URL('/v1/chat/completions', url);
  return {
    complete: async (messages, tools, signal) => {
      try {
        return await answer(messages, tools, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN)]));
      } catch (error) {
        // Who stopped it knows; everything else, a line that was cut too, is the model's failure.
        if (signal.aborted || error instanceof ModelFailed) throw error;
        throw new ModelFailed('the language model cannot be reached');
      }
    },
  };

  async function answer(
    messages: readonly ModelMessage[],
    tools: readonly ToolDescription[],
    signal: AbortSignal,
  ): Promise<Completion> {
    const offered =
      tools.length === 0 ? {} : { tools: tools.map((tool) => ({ type: 'function', function: tool })) };
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'netra-1', messages, stream: true, ...offered }),
      signal,
    });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new ModelFailed(`the language model answered ${response.status}`);
    }
    return collected(response.body);
  }
}

async function collected(body: AsyncIterable<Uint8Array>): Promise<Completion> {
  let text = '';
  let call = { id: '', name: '', args: '' };
  for await (const data of serverSentData(body)) {
    if (data === '[DONE]') return call.name === '' ? { kind: 'text', text } : toolCompletion(call);
    const delta = deltaOf(data);
    text += textField(delta, 'content');
    const calls = delta.tool_calls;
    const part = Array.isArray(calls) && isFields(calls[0]) ? calls[0] : undefined;
    const named = isFields(part?.function) ? part.function : {};
    if (part !== undefined)
      call = {
        id: call.id || textField(part, 'id'),
        name: call.name || textField(named, 'name'),
        args: call.args + textField(named, 'arguments'),
      };
  }
  throw new ModelFailed("the language model's answer was cut off");
}

function toolCompletion(call: { id: string; name: string; args: string }): Completion {
  const tool_calls = [{ id: call.id, type: 'function', function: { name: call.name, arguments: call.args } }];
  const message: ModelMessage = { role: 'assistant', content: null, tool_calls };
  return { kind: 'tool', name: call.name, args: parsed(call.args), callId: call.id, message };
}

function deltaOf(data: string): Readonly<Record<string, unknown>> {
  const chunk = parsed(data);
  const choices = isFields(chunk) ? chunk.choices : undefined;
  const delta: unknown = Array.isArray(choices) && isFields(choices[0]) ? choices[0].delta : undefined;
  if (!isFields(delta)) throw new ModelFailed('the language model sent a chunk without a delta');
  return delta;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ModelFailed('the language model sent what is not JSON');
  }
}

/** The `data:` lines of a server-sent event stream, however the network cut them. */
async function* serverSentData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data:')) yield line.slice('data:'.length).trim();
  }
}
