/** What every page needs: the hash of what its policy allows, and its icon. */
import { createHash } from 'node:crypto';
import type { ReportData } from './data.ts';

/** For a Content-Security-Policy. */
export const digest = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export function icon(tone: ReportData['headline']['tone']): string {
  const colour = { good: '#2a6a3c', bad: '#a8201a', running: '#1c4f8c' }[tone];
  const shape = {
    good: 'M4 8.5l3 3 5-7',
    bad: 'M4.5 4.5l7 7m0-7l-7 7',
    running: 'M5 8h6',
  }[tone];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="${colour}"/><path d="${shape}" fill="none" stroke="#fff" stroke-width="2"/></svg>`;
}
