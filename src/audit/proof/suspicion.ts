/** Which files are to be proven first where time is short. */
import { readFileSync } from 'node:fs';
import type { PlannedFile } from '../../categories/index.ts';
import type { FileProof } from './record.ts';

const ASSERTION = /\b(?:assert|expect|should)\b[\w.]*\s*\(/g;
const TEST = /\b(?:test|it)\s*\(/g;

/** Never proven before changed; then few assertions a test before many; then quick before slow. */
export function mostSuspiciousFirst(
  files: readonly PlannedFile[],
  last: (file: PlannedFile) => FileProof | null,
): readonly PlannedFile[] {
  const ranked = files.map((file) => {
    const before = last(file);
    return { file, known: before === null ? 0 : 1, density: density(file.path), ms: before?.ms ?? 0 };
  });
  ranked.sort(
    (a, b) => a.known - b.known || a.density - b.density || a.ms - b.ms || a.file.id.localeCompare(b.file.id),
  );
  return ranked.map(({ file }) => file);
}

/** Assertions for each test, as a glance at the text tells it. */
function density(path: string): number {
  try {
    const text = readFileSync(path, 'utf8');
    return (text.match(ASSERTION)?.length ?? 0) / Math.max(1, text.match(TEST)?.length ?? 0);
  } catch {
    return 0;
  }
}
