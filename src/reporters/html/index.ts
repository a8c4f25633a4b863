/** The report that people open: a fold over the log, and the page that shows it. */
export type { ReportData } from './data.ts';
export { asText } from './escape.ts';
export { reportData } from './fold.ts';
export { type Page, pageOf } from './page.ts';
export { type StaticPage, staticPage } from './static.ts';
