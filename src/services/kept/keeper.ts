/**
 * Keeps databases of failed attempts beyond their run. One on a server that goes on is kept at once; the others when their
 * server has stopped, with its whole data folder. Each is told by an event once it is kept, or by a warning why it is not.
 */
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emit, RunId } from '../../events/index.ts';
import type { LeaseRequest } from '../contract.ts';
import { messageOf } from '../failure.ts';
import type { Instance, KeptPart, KeptWhere } from '../kinds.ts';
import { type KeptDatabase, serviceFileOf, writeKept } from './record.ts';

export interface KeeperOptions {
  readonly runId: RunId;
  /** absolute; of this run alone, made when there is something to keep */
  readonly folder: string;
  readonly emit: Emit;
}

type Whose = Pick<LeaseRequest, 'attempt' | 'file'>;
type Data = Extract<KeptWhere, { kind: 'data' }>;

interface Waiting {
  readonly whose: Whose;
  readonly part: Omit<KeptPart, 'where'>;
  readonly where: Data;
}

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #waiting: Waiting[] = [];
  readonly #kept: KeptDatabase[] = [];
  readonly #keptAt = new Date().toISOString();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** What its lease has of a service, where that is something to keep; before the release. */
  async keep(service: string, instance: Instance, { attempt, file }: Whose): Promise<void> {
    if (instance.keep === undefined) return;
    const whose = { attempt, file };
    const kept = await instance.keep();
    if (!kept.ok) return this.#refuse(service, whose, kept.error);
    const { where, ...part } = kept.value;
    if (where.kind === 'data') this.#waiting.push({ whose, part, where });
    else this.#record([{ ...whose, service, ...part, server: { ...where, kind: 'running' } }]);
  }

  /** Something of this data folder is to be kept. */
  wants(dataFolder: string): boolean {
    return this.#waiting.some(({ where }) => where.folder === dataFolder);
  }

  /** Takes the folder away, of a server that has stopped. */
  async store(dataFolder: string): Promise<void> {
    const waiting = this.#waiting.filter(({ where }) => where.folder === dataFolder);
    const [first] = waiting;
    if (first === undefined) return;
    try {
      const data = await this.#moved(dataFolder, first.where.service.name);
      this.#record(
        waiting.map(({ whose, part, where: { service, engine } }) => ({
          ...whose,
          service: service.name,
          ...part,
          server: { kind: 'stored', data, service, engine },
        })),
      );
    } catch (error) {
      for (const { whose, where } of waiting) this.#refuse(where.service.name, whose, messageOf(error));
    }
  }

  /** @returns its name in the folder of the run */
  async #moved(dataFolder: string, service: string): Promise<string> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let name = service;
    for (let number = 2; existsSync(join(folder, name)); number += 1) name = `${service}-${number}`;
    const to = join(folder, name);
    try {
      await rename(dataFolder, to);
    } catch {
      // It was in memory, or on another disk.
      await cp(dataFolder, to, { recursive: true, verbatimSymlinks: true });
      await chmod(to, 0o700);
    }
    return name;
  }

  #record(databases: readonly KeptDatabase[]): void {
    const { runId, folder, emit } = this.#options;
    this.#kept.push(...databases);
    writeKept({ run: runId, folder, keptAt: this.#keptAt, databases: this.#kept });
    for (const { attempt, file, service, name, server } of databases) {
      const serviceFile = server.kind === 'running' ? serviceFileOf(folder) : null;
      emit({ kind: 'database.kept', attempt, file, service, database: name, serviceFile });
    }
  }

  #refuse(service: string, { file }: Whose, reason: string): void {
    const message = `the ${service} of ${file} is not kept: ${reason}`;
    this.#options.emit({ kind: 'warning', code: 'not-kept', message, file });
  }
}
