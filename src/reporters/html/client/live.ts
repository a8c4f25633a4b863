/**
 * Follows a run that goes on: the server says that there is more, the page asks for it, and not again before it has
 * drawn it. So a large run is drawn less often, and never falls behind.
 */
import type { ReportData } from '../data.ts';
import { byId } from './dom.ts';

/** Rest between two drawings, as a multiple of what the last one took. */
const REST = 4;
const LEAST = 300;

export function follow(update: (data: ReportData) => void): void {
  const said = byId('live');
  let wanted = false;
  let busy = false;
  const source = new EventSource('changes');
  source.addEventListener('open', () => tell('Live: this page follows the run.'));
  source.addEventListener('changed', () => {
    wanted = true;
    void next();
  });
  source.addEventListener('error', () => tell('The server is gone: this is the last that it said.'));

  function tell(text: string): void {
    if (said.textContent !== text) said.textContent = text;
  }

  async function next(): Promise<void> {
    if (busy || !wanted) return;
    busy = true;
    wanted = false;
    const before = performance.now();
    try {
      const answer = await fetch('data.json');
      // The server writes it from the same types.
      if (answer.ok) update((await answer.json()) as ReportData);
    } catch {
      // told by the stream's own error
    }
    setTimeout(
      () => {
        busy = false;
        void next();
      },
      Math.max(LEAST, (performance.now() - before) * REST),
    );
  }
}
