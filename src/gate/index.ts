/**
 * Whether to deploy. In: the registry, the files that hold deployed variables, what runs have shown. Out: findings and
 * verdicts as facts, each with its reason and its remedy. Nothing is started here and no value of a secret leaves it.
 */
export * from './environment/index.ts';
