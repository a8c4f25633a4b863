/** The page: reads what it was given, draws it, and draws it again where a live run says more. */
import type { ReportData } from '../data.ts';
import { byId, section } from './dom.ts';
import { failureList } from './failure.ts';
import type { Filter } from './filter.ts';
import { header, navigation } from './header.ts';
import { follow } from './live.ts';
import {
  incidentsSection,
  leftOutSection,
  runSection,
  slowestSection,
  totalsSection,
  warningsSection,
} from './parts.ts';
import { servicesSection } from './services.ts';
import { skipsSection, slaSection } from './sla.ts';
import { testsView } from './tests.ts';
import { timelineView } from './timeline.ts';
import { trendView } from './trend.ts';
import './page.css';

// The fold wrote it from the same types.
const first = JSON.parse(byId('data').textContent ?? '') as ReportData;
const main = byId('report');

const tests = testsView(first);
const look = (filter: Partial<Filter>): void => tests.look(filter);
const timeline = timelineView((file) => look({ text: file }));
const trend = trendView();
const failures = failureList((data) => data.failures);
const flaky = failureList((data) => data.flaky);
const failuresSection = section('failures', 'Failures', failures.element);
const flakySection = section('flaky', 'Flaky', flaky.element);

/** Sections that are words and tables, drawn anew only where what they show has changed. */
const drawn = new Map<string, { readonly text: string; readonly element: HTMLElement | null }>();

function once(name: string, shown: unknown, draw: () => HTMLElement | null): HTMLElement | null {
  const text = JSON.stringify(shown);
  const known = drawn.get(name);
  if (known?.text === text) return known.element;
  const element = draw();
  drawn.set(name, { text, element });
  return element;
}

function update(data: ReportData): void {
  document.title = `${data.headline.text} ${data.run.id}`;
  failures.update(data);
  flaky.update(data);
  const skipped = data.rows.filter(({ v }) => v !== 'passed' && v !== 'failed');
  const sections = [
    data.failures.length === 0 ? null : failuresSection,
    // Before everything else where they are the reason of it all.
    data.serviceFailures.length > 0
      ? once('services', [data.services, data.evidence, data.serviceFailures], () => servicesSection(data))
      : null,
    once('skips', data.skips, () => skipsSection(data)),
    once('sla', data.sla, () => slaSection(data)),
    once('warnings', [data.warnings, data.notesLeftOut], () => warningsSection(data)),
    data.flaky.length === 0 ? null : flakySection,
    timeline.element,
    tests.element,
    once('totals', data.tables, () => totalsSection(data, look)),
    once(
      'slowest',
      [data.files.map(({ ms }) => ms), data.run.state === 'running' ? data.rows.length : data.run.id],
      () => slowestSection(data, look),
    ),
    once('left-out', [skipped, data.notSelected], () => leftOutSection(data, look)),
    once('incidents', data.incidents, () => incidentsSection(data)),
    data.serviceFailures.length > 0
      ? null
      : once('services', [data.services, data.evidence, data.serviceFailures], () => servicesSection(data)),
    data.trend.length < 2 ? null : trend.element,
    once('run', data.run, () => runSection(data)),
  ].filter((element) => element !== null);
  const top = once('header', [data.run, data.headline, data.totals, data.rows.length], () =>
    header(data, look),
  );
  const links = once(
    'navigation',
    sections.map(({ id, hidden }) => [id, hidden]),
    () => navigation(sections.filter(({ hidden }) => !hidden)),
  );
  const parts = [top, links, ...sections].filter((element) => element !== null);
  const same = parts.length === main.children.length && parts.every((part, at) => part === main.children[at]);
  // Moving an element takes the focus from what is in it.
  const focused = document.activeElement;
  if (!same) main.replaceChildren(...parts);
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected)
    focused.focus({ preventScroll: true });
  // These read their size and colours from the page, so they have to be in it.
  timeline.update(data);
  tests.update(data);
  trend.update(data);
}

update(first);
document.documentElement.dataset.ready = 'true';

addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches('input, select, textarea');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    byId('search').scrollIntoView({ block: 'nearest' });
    byId('search').focus();
  }
});

if (document.documentElement.dataset.live === 'true') follow(update);
