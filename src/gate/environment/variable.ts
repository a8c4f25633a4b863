/** A set of variables as one file, or the process, gives it to one service. */

export interface Variable {
  readonly name: string;
  /** null: it is set, from a place that can not be read here, e.g. a secret store */
  readonly value: string | null;
  /** absolute; null: this process's own environment */
  readonly file: string | null;
  /** from 1; null where there is no file */
  readonly line: number | null;
}

export interface VariableSet {
  /** whom it is for; null: nobody in particular, so that every rule applies */
  readonly service: string | null;
  /** absolute path of the last file that it is made of; null: this process */
  readonly file: string | null;
  /** where in the file it begins */
  readonly line: number | null;
  readonly variables: ReadonlyMap<string, Variable>;
}

/** A block of variables in a file, with the names under which it stands there. */
export interface Block {
  /** of the container, the service, the deployment; the nearest first */
  readonly names: readonly string[];
  readonly line: number;
  readonly variables: readonly Omit<Variable, 'file'>[];
}
