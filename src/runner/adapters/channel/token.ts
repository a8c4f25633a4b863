/**
 * What every line of a reporter begins with, made anew for each attempt: a line that a test wrote to the same descriptor, or
 * one of another attempt, is none of the reporter's.
 */
import { randomBytes } from 'node:crypto';

export const newToken = (): string => randomBytes(8).toString('hex');

/** @returns what follows the token; null where the line does not begin with it */
export const withoutToken = (line: string, token: string): string | null =>
  line.startsWith(`${token} `) ? line.slice(token.length + 1) : null;
