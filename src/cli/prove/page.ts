/** What was proven, as a page of its own: the same words as on the screen, in tables that say what they are. */
import type { KnownProof, Proof, ProvenTest, Survey } from '../../audit/index.ts';
import { type Config, formatDuration } from '../../config/index.ts';
import { asText, count, staticPage } from '../../reporters/index.ts';
import { VERSION } from '../version.ts';
import { cellsOf, FAULTS, hasFaults, numberOf } from './matrix.ts';
import { tally } from './survey-text.ts';

export interface ProofPage {
  readonly config: Config;
  readonly ms: number;
  readonly at: Date;
}

const STYLE = `table.proof { width: 100%; }
table.proof caption { text-align: left; font-weight: 600; padding: 1.4rem 0 0.3rem; overflow-wrap: anywhere; }
table.proof caption small { font-weight: 400; }
table.proof tbody th { min-width: 16rem; overflow-wrap: anywhere; }
.word { white-space: nowrap; }
.word.good { color: var(--passed); }
.word.bad { color: var(--failed); font-weight: 600; }
.word.open { color: var(--flaky); }
.cell { font-family: var(--mono); font-size: 12.5px; white-space: nowrap; }
.cell.quiet { color: var(--quiet); }
main section { margin-top: 2rem; }
dl.legend { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; font-size: 13.5px; }
dl.legend dd { margin: 0; }
@media (max-width: 40rem) { table.proof tbody th { min-width: 9rem; } }`;

const LEGEND = [
  [
    'cut, refused, empty, slow',
    'the sabotage under which it failed, or waited until the service was given back: it noticed',
  ],
  ['a name', 'the mutation that it noticed'],
  ['green', 'it passed without the service, or with each fault'],
  ['late', 'it waited for a slow service and passed'],
  ['hook', 'only a hook failed: that proves nothing about the test'],
  ['unreached', 'an experiment never came to it'],
  ['impossible', 'no proxy can stand before the service'],
  ['-', 'nothing had to be tried'],
] as const;

export function proofPage(proof: Proof, about: ProofPage): string {
  const notices = numberOf(proof, 'notices');
  const vacuous = numberOf(proof, 'vacuous');
  const undecided = numberOf(proof, 'undecided');
  const open = numberOf(proof, 'open');
  const headline = [
    notices === 1 ? '1 test notices' : `${notices} tests notice`,
    `${vacuous} vacuous`,
    ...(undecided > 0 ? [`${undecided} undecided`] : []),
    ...(open > 0 ? [`${open} not proven yet`] : []),
  ].join(', ');
  const stopped = proof.broken.length + proof.unmade.length > 0;
  const bad = vacuous > 0 || stopped || proof.files.some(({ red }) => red !== null);
  const named = proof.files.flatMap(({ file, tests }) =>
    tests.filter(({ verdict }) => verdict === 'vacuous').map(({ title }) => `${file} > ${title}`),
  );
  const besides = [
    ...proof.broken.map(({ file, reason }) => `${file}: ${reason}`),
    ...proof.unmade.map(({ name, reason }) => `mutation ${name} could not be tried: ${reason}`),
    ...unjudged(proof),
    ...(proof.open.length > 0 ? [`not proven yet: ${count(proof.open.length, 'file')}`] : []),
  ];
  const body = [
    header(headline, bad, about),
    ...besides.map((text) => `<p class="besides">${asText(text)}</p>`),
    ...(named.length === 0
      ? []
      : [section('Vacuous tests', `<ul>${named.map((text) => `<li>${asText(text)}</li>`).join('')}</ul>`)]),
    section('Tests and services', proof.files.map(matrix).join('\n')),
    section('What the cells say', legend()),
  ].join('\n');
  return staticPage({
    title: `${headline} · ${about.config.name}`,
    tone: bad ? 'bad' : 'good',
    body,
    style: STYLE,
  });
}

export function surveyPage(survey: Survey, about: ProofPage): string {
  const noticed = tally(survey, 'noticed');
  const all = survey.mutations.length;
  const headline = `${noticed} of ${count(all, 'mutation')} noticed`;
  const bad = noticed < all || survey.red.length > 0;
  const rows = survey.mutations.map(({ name, breaks, state, by, reason }) => {
    const tone = state === 'noticed' ? 'good' : state === 'open' ? 'open' : 'bad';
    const tests =
      by.length === 0
        ? asText(reason ?? '')
        : `<ul>${by.map(({ file, title }) => `<li>${asText(`${file} > ${title}`)}</li>`).join('')}</ul>`;
    return `<tr><th scope="row">${asText(name)}</th><td>${asText(breaks)}</td><td class="word ${tone}">${state}</td><td>${tests}</td></tr>`;
  });
  const table = `<div class="scroll" tabindex="0" role="region" aria-label="Mutations"><table class="proof"><caption>What each breaks, and which tests notice</caption>
<thead><tr><th scope="col">Mutation</th><th scope="col">Contract that it breaks</th><th scope="col">State</th><th scope="col">Noticed by</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
  const body = [
    header(headline, bad, about),
    ...survey.red.map(
      ({ file, reason }) => `<p class="besides">${asText(`${file} is red without a fault: ${reason}`)}</p>`,
    ),
    section('Mutations', table),
  ].join('\n');
  return staticPage({
    title: `${headline} · ${about.config.name}`,
    tone: bad ? 'bad' : 'good',
    body,
    style: STYLE,
  });
}

function header(headline: string, bad: boolean, { config, ms, at }: ProofPage): string {
  const time = at.toISOString();
  const kicker = [
    `runner prove ${VERSION}`,
    config.name,
    `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`,
    formatDuration(Math.round(ms / 1000) * 1000),
  ].join('   ');
  const sign = bad ? '✗' : '✓';
  return `<header class="tone-${bad ? 'bad' : 'good'}"><p class="kicker">${asText(kicker)}</p>
<h1><span class="sign" aria-hidden="true">${sign}</span> ${asText(headline)}</h1></header>`;
}

const section = (title: string, html: string): string =>
  `<section><h2>${asText(title)}</h2>\n${html}\n</section>`;

function unjudged({ unjudged: all }: Proof): readonly string[] {
  return [...new Set(all.map(({ reason }) => reason))].map((reason) => {
    const files = all.filter((one) => one.reason === reason);
    return `not judged: ${count(files.length, 'file')}: ${reason}`;
  });
}

function matrix(file: KnownProof): string {
  const { services, tests, red, from, at } = file;
  const known = from === 'a record' ? `<small>proven ${asText(at)}</small>` : '';
  if (red !== null)
    return `<p><b>${asText(file.file)}</b> <span class="word bad">red</span> with all services there, so nothing is proven: ${asText(red)}</p>`;
  const columns = [...services, ...(hasFaults(file) ? [FAULTS] : [])];
  return `<div class="scroll" tabindex="0" role="region" aria-label="${asText(file.file)}"><table class="proof"><caption>${asText(file.file)}${known}</caption>
<thead><tr><th scope="col">Test</th><th scope="col">Verdict</th>${columns.map((name) => `<th scope="col">${asText(name)}</th>`).join('')}</tr></thead>
<tbody>${tests.map((test) => row(test, columns.length)).join('\n')}</tbody></table></div>`;
}

const TONES: Readonly<Record<ProvenTest['verdict'], string>> = {
  notices: 'good',
  vacuous: 'bad',
  undecided: 'open',
  open: 'open',
};
const QUIET: ReadonlySet<string> = new Set(['green', 'late', 'hook', 'unreached', 'impossible', '-']);

function row(test: ProvenTest, columns: number): string {
  const cells = cellsOf(test)
    .slice(0, columns)
    .map((cell) => `<td class="cell${QUIET.has(cell) ? ' quiet' : ''}">${asText(cell)}</td>`);
  const verdict = test.verdict === 'open' ? 'not proven yet' : test.verdict;
  return `<tr><th scope="row">${asText(test.title)}</th><td class="word ${TONES[test.verdict]}">${verdict}</td>${cells.join('')}</tr>`;
}

const legend = (): string =>
  `<dl class="legend">${LEGEND.map(([word, means]) => `<dt>${asText(word)}</dt><dd>${asText(means)}</dd>`).join('')}</dl>`;
