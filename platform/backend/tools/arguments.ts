/** Reads what a model has put into a tool's arguments. Each throws in words that the model and the user can act on. */
import { isFields } from '../../shared/bodies.ts';

export const argument = (args: unknown, name: string): unknown => (isFields(args) ? args[name] : undefined);

export function wholeNumber(args: unknown, name: string, fallback: number, most: number): number {
  const value = argument(args, name);
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most)
    throw new Error(`${name} must be a whole number from 1 to ${most}`);
  return value;
}

export function text(args: unknown, name: string, pattern: RegExp): string {
  const value = argument(args, name);
  if (typeof value !== 'string' || !pattern.test(value)) throw new Error(`${name} is missing or malformed`);
  return value;
}

/** `undefined` where it is not given. */
export function textList(args: unknown, name: string): readonly string[] | undefined {
  const value = argument(args, name);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new Error(`${name} must be a list of text`);
  return value;
}

export function oneOf<Word extends string>(
  args: unknown,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = argument(args, name);
  if (value === undefined) return undefined;
  const word = words.find((known) => known === value);
  if (word === undefined) throw new Error(`${name} must be one of ${words.join(', ')}`);
  return word;
}
