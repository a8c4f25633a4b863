/**
 * Commands are loaded when they are called: the names, flags and help of all of them are there at once, and `runner list`
 * never reads what starts a database.
 */
export const lazily =
  <Parameters extends readonly unknown[]>(
    load: () => Promise<(...parameters: Parameters) => Promise<number>>,
  ) =>
  async (...parameters: Parameters): Promise<number> =>
    (await load())(...parameters);
