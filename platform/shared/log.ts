/** One line an event on stdout: time, level, message, then what belongs to it as JSON. Never a secret, never a token. */
type Level = 'info' | 'warn' | 'error';

export function log(level: Level, message: string, details?: Readonly<Record<string, unknown>>): void {
  const tail = details === undefined ? '' : ` ${JSON.stringify(details)}`;
  process.stdout.write(`${new Date().toISOString()} ${level} ${message}${tail}\n`);
}

/** What went wrong, in one line. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};
