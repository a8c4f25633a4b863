/** The report that people open: a fold over the log, and the page that shows it. */
export type { ReportData } from './data.ts';
export { reportData } from './fold.ts';
export { type Page, pageOf } from './page.ts';
