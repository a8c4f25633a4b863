/**
 * Listening to a promise that outlives its listeners by far, such as the death of a server that a whole run shares. `then`
 * can't be taken back: each lease that ever listened would be kept for as long as the server lives.
 */
type Listeners = Set<(value: unknown) => void>;

const known = new WeakMap<Promise<unknown>, Listeners>();

/** @returns how to listen no more, after which nothing of the listener is kept */
export function listen<T>(promise: Promise<T>, listener: (value: T) => void): () => void {
  const listeners = known.get(promise) ?? listenersOf(promise);
  // The promise's own value is what the listeners of this promise get.
  const entry = (value: unknown): void => listener(value as T);
  listeners.add(entry);
  return () => void listeners.delete(entry);
}

function listenersOf(promise: Promise<unknown>): Listeners {
  const listeners: Listeners = new Set();
  known.set(promise, listeners);
  void promise.then((value) => {
    for (const tell of listeners) tell(value);
  });
  return listeners;
}
