/**
 * `import()` of what is not part of the bundle. Code that runs from kept machine code has no `import()` of its own that Node 20
 * takes without a warning; whoever loads it so leaves one here.
 */
const IMPORT = Symbol.for('unified-test-runner.import');
type Import = (specifier: string) => Promise<unknown>;

/** @param by one of a module that Node has loaded itself */
export function provideImport(by: Import): void {
  Object.assign(globalThis, { [IMPORT]: by });
}

/**
 * @param specifier a URL or a package
 * @param plainly the same where nobody has left one: written out there, so that a bundler sees what is imported
 */
export function importModule<T>(specifier: string, plainly: () => Promise<T>): Promise<T> {
  // Nobody but `provideImport` puts something there, and it imports the same.
  const provided = (globalThis as { [IMPORT]?: (specifier: string) => Promise<T> })[IMPORT];
  return provided === undefined ? plainly() : provided(specifier);
}
