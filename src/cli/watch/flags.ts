/** `--watch` as commander knows it. */
import { Option } from 'commander';

/** What makes sense of one run alone, or of another process than the one that somebody works at. */
const ALONE = ['shard', 'dryRun', 'resume', 'repeat', 'stress'];

export const watchFlag = (): Option =>
  new Option(
    '--watch',
    'run the selection, then what each saved file reaches; keys r f a p q; exits as the last round did',
  ).conflicts(ALONE);
