/** `npm run torture:kill [-- <runners> <owners> <seed>]`: 50 runners and 20 owners killed, nothing left of any. */
import { atRandom, killEach } from '../support/kills.ts';

const [runners = '50', owners = '20', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
const victims = atRandom(Number(runners), Number(owners), Number(seed));
const killed = await killEach(victims, (line) => console.log(line));
const dirty = killed.filter(({ remains }) => remains.length > 0);
const broken = killed.filter(({ next }) => next !== 0);
const longest = Math.max(...killed.map(({ ms }) => ms));
/** ms after the next start in which everything has to be gone */
const PROMISE = 1000;
console.log(
  `${killed.length} killed, ${dirty.length} left something, ${broken.length} broke the next run; clean ${longest} ms after its start at the latest; seed ${seed}`,
);
process.exitCode = dirty.length + broken.length === 0 && killed.length > 0 && longest <= PROMISE ? 0 : 1;
