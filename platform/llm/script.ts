/**
 * What the model answers, decided by marks in the user's own words, so that the same question always gets the same
 * answer: `[[tool NAME {json}]]` asks for a tool, `[[say TEXT]]` fixes the answer, `[[fail 500]]` answers that status,
 * `[[wait 200]]` thinks for that many milliseconds (at most 10,000). A mark that begins with a stage, `[[data say TEXT]]`,
 * is for the agent whose system message says "You are the data agent."; one without is for triage. An agent of a later
 * stage that has no mark repeats what it was told is known.
 */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

export type Answer =
  | { readonly kind: 'text'; readonly text: string; readonly wait: number }
  | { readonly kind: 'tool'; readonly name: string; readonly args: string; readonly wait: number }
  | { readonly kind: 'failure'; readonly status: 429 | 500 | 503; readonly wait: number };

const LONGEST_WAIT = 10_000;

export function answerTo(messages: readonly ChatMessage[]): Answer {
  const asked = messages.findLastIndex(({ role }) => role === 'user');
  const said = messages[asked]?.content ?? '';
  const orders = messages.find(({ role }) => role === 'system')?.content ?? '';
  const stage = /^You are the (\w+) agent\./.exec(orders)?.[1] ?? 'triage';
  const question = stage === 'triage' ? said : marksFor(stage, said);
  const results = messages.slice(asked + 1).filter(({ role }) => role === 'tool');
  const wait =
    results.length > 0 ? 0 : Math.min(Number(/\[\[wait (\d+)\]\]/.exec(question)?.[1] ?? 0), LONGEST_WAIT);

  const failure = /\[\[fail (429|500|503)\]\]/.exec(question)?.[1];
  if (failure !== undefined)
    return { kind: 'failure', status: failure === '429' ? 429 : failure === '503' ? 503 : 500, wait };
  const tool = /\[\[tool (\w+)(?: (\{.*?\}))?\]\]/s.exec(question);
  if (tool?.[1] !== undefined && results.length === 0)
    return { kind: 'tool', name: tool[1], args: tool[2] ?? '{}', wait };
  const fixed = /\[\[say (.*?)\]\]/s.exec(question)?.[1];
  const unprompted =
    stage === 'triage' ? `You asked: ${said}` : (orders.split('Known so far:')[1]?.trim() ?? '');
  const learned = results.map(({ content }) => content).join(' ');
  return {
    kind: 'text',
    text: fixed ?? (learned === '' ? unprompted : `I found: ${learned}`),
    wait,
  };
}

/** The marks for one stage, as triage would have them. */
const marksFor = (stage: string, said: string): string =>
  [...said.matchAll(/\[\[(\w+) (.*?)\]\]/gs)]
    .filter(([, name]) => name === stage)
    .map(([, , mark]) => `[[${mark}]]`)
    .join(' ');
