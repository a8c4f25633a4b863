/** Loaded into the runner alone by run.ts: at its end, its peak of resident memory in KiB goes into the named file. */
import { writeFileSync } from 'node:fs';

const { BENCH_MEMORY } = process.env;
if (BENCH_MEMORY !== undefined && /runner\.cjs$/.test(process.argv[1] ?? '')) {
  process.on('exit', () => writeFileSync(BENCH_MEMORY, String(process.resourceUsage().maxRSS)));
}
