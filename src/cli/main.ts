/**
 * The entry of the bundled command line. Words and exit codes live in this room and nowhere else: every other room
 * returns facts.
 */
import { EXIT_CODES, simplified } from './exit-codes.ts';
import { answer } from './program.ts';

/** No `await` at the top: the build makes CommonJS of it, which Node starts sooner. */
async function main(): Promise<never> {
  try {
    const { code, style } = await answer(process.argv.slice(2));
    process.exit(style === 'simple' ? simplified(code) : code);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(
      ` internal error: this is a bug in the runner, please report it with the text below\n${text}\n`,
    );
    process.exit(EXIT_CODES.internal.code);
  }
}

void main();
