import type { Result } from '../events/index.ts';
import type { Config, Diagnostic } from './config.ts';

export interface LoadOptions {
  /** as given with `--config`; absent: searched for from `cwd` upward */
  readonly path?: string;
  /** absolute */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export declare function loadConfig(options: LoadOptions): Result<Config, readonly Diagnostic[]>;
export declare function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: { readonly color: boolean; readonly cwd: string },
): string;
