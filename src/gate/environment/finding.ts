/** What a rule says of a variable that breaks it. */

export interface EnvironmentFinding {
  readonly variable: string;
  /** null: the variables are nobody's in particular */
  readonly service: string | null;
  /** absolute; null: this process's environment */
  readonly file: string | null;
  readonly line: number | null;
  /** the demand that is not met: `required`, `format`, `equals` … */
  readonly rule: string;
  /** one sentence without a full stop, no value of a secret in it */
  readonly message: string;
  readonly impact: string | null;
  readonly remedy: string;
  readonly incident: { readonly id: string; readonly symptom: string } | null;
}
