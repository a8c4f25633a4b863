/** The report that people open: a fold over the log, and the page that shows it. */
export { reportData } from './fold.ts';
export { type Page, pageOf } from './page.ts';
