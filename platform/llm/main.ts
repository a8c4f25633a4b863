/**
 * A language model as far as its clients can tell: the OpenAI chat completions protocol, plain and streamed, with tool
 * calls. In: a conversation. Out: an answer that depends on the conversation alone (see script.ts).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { isFields, jsonBody, textField } from '../shared/bodies.ts';
import { startService } from '../shared/service.ts';
import { type Answer, answerTo, type ChatMessage } from './script.ts';

type Spoken = Exclude<Answer, { kind: 'failure' }>;
let completions = 0;

const app = new Hono();
app.get('/health', (c) => c.json({ status: 'healthy', service: 'llm' }));
app.get('/health/ready', (c) => c.json({ status: 'ready' }));
app.post('/v1/chat/completions', async (c) => {
  const body = await jsonBody(c.req.raw);
  const messages = body?.messages;
  if (body === undefined || !Array.isArray(messages) || messages.length === 0)
    return c.json(
      { error: { type: 'invalid_request_error', message: 'messages must be a list that is not empty' } },
      400,
    );
  const answer = answerTo(messages.filter(isFields).map(messageOf));
  if (answer.wait > 0) await delay(answer.wait);
  if (answer.kind === 'failure')
    return c.json(
      { error: { type: 'server_error', message: 'the model failed as it was told to' } },
      answer.status,
    );
  completions += 1;
  const head = {
    id: `chatcmpl-${completions}`,
    created: Math.floor(Date.now() / 1000),
    model: textField(body, 'model'),
  };
  return body.stream === true ? streamed(c, head, answer) : c.json(whole(head, answer));
});

const messageOf = (fields: Readonly<Record<string, unknown>>): ChatMessage => ({
  role: textField(fields, 'role'),
  content: textField(fields, 'content'),
});

const toolCall = ({ name, args }: Extract<Spoken, { kind: 'tool' }>): object => ({
  id: `call_${completions}`,
  type: 'function',
  function: { name, arguments: args },
});

function whole(head: object, answer: Spoken): object {
  const message =
    answer.kind === 'tool'
      ? { role: 'assistant', content: null, tool_calls: [toolCall(answer)] }
      : { role: 'assistant', content: answer.text };
  const finish_reason = answer.kind === 'tool' ? 'tool_calls' : 'stop';
  return { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason }] };
}

/** A word a chunk, as a model would; a tool call in one. */
function streamed(c: Context, head: object, answer: Spoken): Response {
  const deltas =
    answer.kind === 'tool'
      ? [{ role: 'assistant', tool_calls: [{ index: 0, ...toolCall(answer) }] }]
      : (answer.text.match(/\S+\s*|\s+/g) ?? []).map((content) => ({ content }));
  const chunk = (delta: object, finish_reason: string | null): string =>
    JSON.stringify({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason }],
    });
  return streamSSE(c, async (stream) => {
    for (const delta of deltas) await stream.writeSSE({ data: chunk(delta, null) });
    await stream.writeSSE({ data: chunk({}, answer.kind === 'tool' ? 'tool_calls' : 'stop') });
    await stream.writeSSE({ data: '[DONE]' });
  });
}

void startService('llm', () => ({
  fetch: (request, bindings) => app.fetch(request, { bindings }),
  close: () => Promise.resolve(),
}));
