/** `npm run torture:kill [-- <runners> <owners> <seed>]`: 50 runners and 20 owners killed, nothing left of any. */
import { killAtRandom } from '../support/kills.ts';

const [runners = '50', owners = '20', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
const killed = await killAtRandom({
  runners: Number(runners),
  owners: Number(owners),
  seed: Number(seed),
  say: (line) => console.log(line),
});
const dirty = killed.filter(({ remains }) => remains.length > 0);
console.log(`${killed.length} killed, ${dirty.length} left something; seed ${seed}`);
process.exitCode = dirty.length === 0 && killed.length > 0 ? 0 : 1;
