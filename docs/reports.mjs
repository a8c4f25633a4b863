/**
 * Excerpts of reports for docs/reports.md, cut from the stored ones that the tests compare every format with
 * (test/reporters/golden): what stands there is what the program writes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CLIP = 160;

/** @returns by name of the format: the excerpt, as a fenced block */
export function reportExcerpts(root) {
  const golden = (name) => readFileSync(join(root, 'test', 'reporters', 'golden', name), 'utf8');
  const fenced = (language, text) =>
    `\`\`\`\`${language}\n${text
      .split('\n')
      .map((line) => (line.length > CLIP ? `${line.slice(0, CLIP)}…` : line))
      .join('\n')}\n\`\`\`\`\n`;
  const pretty = (value) => JSON.stringify(value, null, 2);
  const found = (list, accepts) => {
    const one = list.find(accepts);
    if (one === undefined) throw new Error('the stored report holds nothing of what the documentation shows');
    return one;
  };

  const [suite] = / {2}<testsuite name="unit\/red[\s\S]*?<\/testsuite>/.exec(golden('junit.xml')) ?? [];
  const ctrf = JSON.parse(golden('ctrf.json')).results;
  const { summary, tests } = ctrf;
  const trace = JSON.parse(golden('trace.json')).traceEvents;
  const spans = JSON.parse(golden('otlp.json')).resourceSpans[0].scopeSpans[0].spans;
  const line = (events) => events.map((event) => JSON.stringify(event)).join('\n');
  return {
    junit: fenced('xml', suite),
    ctrf: fenced('json', pretty({ summary, tests: [found(tests, ({ name }) => name === 'bad')] })),
    github: fenced('', golden('github.txt').split('\n').slice(0, 3).join('\n')),
    markdown: fenced('markdown', golden('summary.md').split('\n').slice(0, 18).join('\n')),
    trace: fenced(
      'json',
      line([
        found(trace, ({ name }) => name === 'waits for its services'),
        found(trace, ({ cat }) => cat === 'file'),
        found(trace, ({ cat }) => cat === 'test'),
      ]),
    ),
    otlp: fenced('json', pretty(found(spans, ({ name }) => name === 'bad'))),
    screen: fenced('', golden('screen.txt').split('\n').slice(0, 17).join('\n')),
  };
}
