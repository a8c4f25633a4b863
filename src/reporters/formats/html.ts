/** A page for people: one file that needs nothing else, and asks for nothing. */
import { pageOf, reportData } from '../html/index.ts';
import type { Format } from './format.ts';

export const html: Format = {
  name: 'html',
  fileName: 'report.html',
  about: 'a page for people, in one file that needs no network',
  render: (run) => pageOf(reportData(run, 'over'), { live: false }).html,
};
