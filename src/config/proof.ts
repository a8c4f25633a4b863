/** How tests are shown to notice, as the registry says it: the part of `Config` that `runner prove` reads. */

/** A fault that is made on purpose. */
export interface MutationConfig {
  readonly name: string;
  /** the contract that it breaks, in words */
  readonly breaks: string;
  /** relative to the registry's folder: changed in a copy of the project */
  readonly file: string;
  /** stands in the file exactly once */
  readonly find: string;
  readonly replace: string;
  /** services that carry it; empty: not said */
  readonly services: readonly string[];
}

/** Faults that the product has built in, one of which is switched on by a variable. */
export interface SwitchesConfig {
  /** relative to the registry's folder: it exports `MUTATIONS`, or a default: `{ name: what it breaks }` */
  readonly module: string;
  /** holds the name of the fault */
  readonly variable: string;
  /** services that carry them; empty: not said */
  readonly services: readonly string[];
}

export interface ProofConfig {
  /** what a vacuous test is to the exit code */
  readonly vacuous: 'warn' | 'fail';
  /** run in the copy after a change; null: nothing has to be built */
  readonly build: readonly string[] | null;
  readonly mutations: readonly MutationConfig[];
  readonly switches: SwitchesConfig | null;
}

/** What the gate asks of the proof. */
export interface ProofDemand {
  /** ms that a proof may be old; `content`: as long as the files that it rests on are as they were */
  readonly fresh: number | 'content';
  /** most vacuous tests */
  readonly vacuous: number;
}
