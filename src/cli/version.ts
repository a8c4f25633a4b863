/** Put in by the build; from source it is read by nobody. */
declare const RUNNER_VERSION: string | undefined;

export const VERSION: string = typeof RUNNER_VERSION === 'string' ? RUNNER_VERSION : '0.0.0-source';
