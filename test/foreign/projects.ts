/**
 * Other people's projects, as they are published with their tests: what each is, how its own command counts, and the suite
 * that it is here. Nothing of them is in this repository.
 */
import { err, ok, type Result } from '../../src/events/index.ts';

/** What the project's own command writes, and where its counts are in it. */
export type Counting =
  /** `node --test --test-reporter=tap`: a summary in comments */
  | 'node'
  /** tape: the same, on stdout */
  | 'tape'
  /** Mocha's JSON reporter */
  | 'mocha'
  /** Jest's `--json` */
  | 'jest';

export interface Project {
  /** of the npm registry */
  readonly name: string;
  readonly version: string;
  /** of its tarball, as the registry has it */
  readonly integrity: string;
  /** what its tests need beside its own dependencies: exact versions */
  readonly packages: Readonly<Record<string, string>>;
  readonly framework: string;
  /** what its own script runs, without measuring coverage and with a reporter that can be read from the file `COUNTS` */
  readonly command: readonly string[];
  readonly counting: Counting;
  /** its suite in our registry, besides its category and what it needs */
  readonly suite: {
    readonly adapter?: string;
    readonly run?: readonly string[];
    readonly files: string | readonly string[];
  };
  /** what its scripts have Docker start */
  readonly store?: Store;
}

export type Store =
  /** by the variables of libpq; `seed`: SQL that its scripts load */
  | { readonly kind: 'postgres'; readonly seed?: string }
  /** where its tests have the address written in */
  | { readonly kind: 'redis'; readonly port: number };

/** @param names all where empty @returns in words, which of them is not in the table */
export function chosen(names: readonly string[]): Result<readonly Project[], string> {
  const unknown = names.find((name) => PROJECTS.every((project) => project.name !== name));
  if (unknown === undefined)
    return ok(PROJECTS.filter(({ name }) => names.length === 0 || names.includes(name)));
  const known = [...new Set(PROJECTS.map(({ name }) => name))].join(', ');
  return err(`there is no project "${unknown}"; expected one of: ${known}`);
}

export const COUNTS = 'counts.out';
const NODE = ['node', '--test', '--test-reporter=tap', `--test-reporter-destination=${COUNTS}`];

export const PROJECTS: readonly Project[] = [
  {
    name: 'fastify-plugin',
    version: '6.0.1',
    integrity:
      'sha512-4wW4RxSmvPXLrh5mgQEiu43qU3bw44N2ss4FTkTkQIbprUhE+/s43QX0j/ttcztdWK7PEkHqVthdc5GdEGDvjA==',
    packages: { fastify: '5.12.8', proxyquire: '2.1.3' },
    framework: 'node:test',
    command: NODE,
    counting: 'node',
    suite: { files: 'test/**/*.{js,mjs}' },
  },
  {
    name: 'light-my-request',
    version: '6.8.1',
    integrity:
      'sha512-20biUK0HAIPG9BZOK3/4s8uVAkAoi1+qW55lciHZCR0puTWipBgyMPEUjqXDWLjsZeqfO6DGsuwW5eyfsTGtyg==',
    packages: {
      '@fastify/ajv-compiler': '4.0.7',
      'end-of-stream': '1.4.5',
      express: '4.22.3',
      'form-auto-content': '3.2.1',
      'form-data': '4.0.6',
      'formdata-node': '6.0.3',
      multer: '2.5.0',
      undici: '7.30.2',
    },
    framework: 'node:test',
    command: NODE,
    counting: 'node',
    suite: { files: 'test/**/*.js' },
  },
  {
    name: '@fastify/postgres',
    version: '6.1.0',
    integrity:
      'sha512-TN/pd+VXwotrpbxcBGERJ4JrwwqPCE4T63NmR2+Pue5McMeiVITMAmhExLhLLfEAGJ83M/AhiQrbh3/lrd+NTg==',
    packages: { fastify: '5.12.8', pg: '8.23.1' },
    framework: 'node:test',
    command: NODE,
    counting: 'node',
    suite: { files: 'test/*.test.js' },
    store: {
      kind: 'postgres',
      seed: 'CREATE TABLE users(id serial PRIMARY KEY, username VARCHAR (50) NOT NULL);',
    },
  },
  {
    name: 'process-warning',
    version: '5.1.1',
    integrity:
      'sha512-oCkNVj4OKnKEcocVBcDfiIugN1/cE6rgfT3nCtzeqZPA8+rIxMaQ0xXzIkGP8Gj2qUaP1UR7uhJ1VD8lUCpzCg==',
    packages: { jest: '30.5.2' },
    framework: 'node:test',
    command: NODE,
    counting: 'node',
    suite: { files: 'test/!(jest).test.js' },
  },
  {
    name: 'process-warning',
    version: '5.1.1',
    integrity:
      'sha512-oCkNVj4OKnKEcocVBcDfiIugN1/cE6rgfT3nCtzeqZPA8+rIxMaQ0xXzIkGP8Gj2qUaP1UR7uhJ1VD8lUCpzCg==',
    packages: { jest: '30.5.2' },
    framework: 'Jest',
    command: ['node_modules/.bin/jest', 'jest.test.js', '--json', `--outputFile=${COUNTS}`],
    counting: 'jest',
    suite: { adapter: 'jest', files: 'test/jest.test.js' },
  },
  {
    name: 'fastq',
    version: '1.20.3',
    integrity:
      'sha512-XKv5nnLs6nLF71NgiKJLIZFLkPyIEuOselLG7ujZnGrRfQK8HpvY+WqKhAJUAdLomwVHErVS4LfxFlPq0/FTAw==',
    packages: { async: '3.2.6', 'neo-async': '2.6.2', tape: '5.10.2' },
    framework: 'tape, by its TAP',
    command: ['node_modules/.bin/tape', 'test/test.js', 'test/promise.js'],
    counting: 'tape',
    suite: { adapter: 'tap', files: 'test/*.js', run: ['node_modules/.bin/tape'] },
  },
  {
    name: 'pg-cursor',
    version: '2.10.0',
    integrity:
      'sha512-azXIjeIGBwlv/icYyuki5xJYfVSXeirGn4+mvAmYTB8SY0gS1xhluc2CENnq1JrcVSA81lWZgtqc1GAAhH/UuQ==',
    packages: { mocha: '10.8.2', pg: '8.11.0' },
    framework: 'Mocha',
    command: ['node_modules/.bin/mocha', '--reporter', 'json', '--reporter-option', `output=${COUNTS}`],
    counting: 'mocha',
    suite: { adapter: 'mocha', files: 'test/*.js' },
    store: { kind: 'postgres' },
  },
  {
    name: '@fastify/redis',
    version: '9.0.0',
    integrity:
      'sha512-NGE2w+dyFq5VNQOBxfeGs8vP/snEZ/dvQAy0b2LJDNtUiat38gGFXtK9HU6fw0Gx+Uv0n0aMPuBpEt8B+Y9/nA==',
    packages: { fastify: '5.12.8', proxyquire: '2.1.3', 'why-is-node-running': '2.3.0' },
    framework: 'node:test',
    command: NODE,
    counting: 'node',
    suite: { files: 'test/*.test.js' },
    store: { kind: 'redis', port: 6379 },
  },
  {
    name: 'redlock',
    version: '4.2.0',
    integrity:
      'sha512-j+oQlG+dOwcetUt2WJWttu4CZVeRzUrcVcISFmEmfyuwCVSJ93rDT7YSgg7H7rnxwoRyk/jU46kycVka5tW7jA==',
    packages: { chai: '4.5.0', ioredis: '4.28.5', mocha: '10.8.2', redis: '3.1.2' },
    framework: 'Mocha',
    command: [
      'node_modules/.bin/mocha',
      '--exit',
      '--reporter',
      'json',
      '--reporter-option',
      `output=${COUNTS}`,
    ],
    counting: 'mocha',
    suite: { adapter: 'mocha', files: 'test.js' },
    store: { kind: 'redis', port: 6379 },
  },
];
