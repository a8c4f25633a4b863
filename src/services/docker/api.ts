/**
 * What we ask a Docker engine ourselves, over its own HTTP API: whether it is there, what runs with our label, when a
 * container ends, and to remove it. So no library is loaded to look, and clearing up needs nothing but the socket.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { err, ok, type Result } from '../../events/index.ts';
import { messageOf } from '../failure.ts';
import { type Endpoint, field } from './endpoint.ts';

/** ms for a question that the engine answers from memory */
const PATIENCE = 10_000;

export interface FoundContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

export class EngineApi {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** @returns the engine's version, e.g. `20.10.24` */
  async version(patience = PATIENCE): Promise<Result<string, string>> {
    const said = await this.#json('GET', '/version', patience);
    if (!said.ok) return said;
    const version = field(said.value, 'Version');
    return typeof version === 'string' ? ok(version) : err('it is no Docker engine');
  }

  /** Also those that don't run. @param label `name` or `name=value` */
  async labelled(label: string): Promise<Result<readonly FoundContainer[], string>> {
    const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
    const said = await this.#json('GET', `/containers/json?all=1&filters=${filters}`);
    if (!said.ok) return said;
    const list = Array.isArray(said.value) ? said.value : [];
    return ok(list.map((one) => ({ id: String(field(one, 'Id')), labels: strings(field(one, 'Labels')) })));
  }

  /** @returns the variables of an image that is here; null where it is not */
  async image(name: string): Promise<Result<ReadonlyMap<string, string> | null, string>> {
    const said = await this.#json('GET', `/images/${name}/json`);
    if (!said.ok) return said.error.startsWith('404') ? ok(null) : said;
    const list = field(field(said.value, 'Config'), 'Env');
    const pairs = (Array.isArray(list) ? list : []).map(String).map((text): [string, string] => {
      const [variable = '', ...value] = text.split('=');
      return [variable, value.join('=')];
    });
    return ok(new Map(pairs));
  }

  /** @returns the ports of this machine by the container's own */
  async ports(id: string): Promise<Result<ReadonlyMap<number, number>, string>> {
    const said = await this.#json('GET', `/containers/${id}/json`);
    if (!said.ok) return said;
    const ports = field(field(said.value, 'NetworkSettings'), 'Ports');
    const bound = Object.entries(typeof ports === 'object' ? (ports ?? {}) : {}).flatMap(
      ([name, bindings]): [number, number][] => {
        const [binding] = Array.isArray(bindings) ? bindings : [];
        return binding === undefined ? [] : [[Number.parseInt(name, 10), Number(field(binding, 'HostPort'))]];
      },
    );
    return ok(new Map(bound));
  }

  /** By force, with its volumes; one that is gone already is fine. */
  async remove(id: string): Promise<Result<void, string>> {
    const said = await this.#json('DELETE', `/containers/${id}?force=1&v=1`);
    return said.ok || said.error.startsWith('404') || said.error.startsWith('409') ? ok(undefined) : said;
  }

  /**
   * Asked before it is started. Resolves to the wait itself once the engine has taken it up; that settles with the exit
   * code, or null where the engine went away.
   */
  async nextExit(id: string): Promise<Result<Promise<number | null>, string>> {
    const response = await this.#ask('POST', `/containers/${id}/wait?condition=next-exit`, null);
    if (!response.ok) return response;
    const code = textOf(response.value).then(
      (text) => {
        const status = field(parsed(text), 'StatusCode');
        return typeof status === 'number' ? status : null;
      },
      () => null,
    );
    return ok(code);
  }

  /** stdout and stderr from the beginning; `follow`: until it ends. Multiplexed, as the engine sends it. */
  logs(id: string, until: 'now' | 'follow'): Promise<Result<IncomingMessage, string>> {
    return this.#ask('GET', `/containers/${id}/logs?stdout=1&stderr=1&follow=${until === 'follow'}`, null);
  }

  async #json(method: string, path: string, patience = PATIENCE): Promise<Result<unknown, string>> {
    const response = await this.#ask(method, path, patience);
    if (!response.ok) return response;
    try {
      return ok(parsed(await textOf(response.value)));
    } catch (error) {
      return err(messageOf(error));
    }
  }

  /** @param patience ms; null: it may take as long as it takes @returns an error beginning with the status */
  async #ask(
    method: string,
    path: string,
    patience: number | null,
  ): Promise<Result<IncomingMessage, string>> {
    // Most runs ask no engine, and Node takes 5 ms to make its HTTP.
    const { request } = await import('node:http');
    return new Promise((resolve) => {
      const asked: ClientRequest = request({ ...this.#endpoint.connect, method, path, agent: false });
      const fail = (error: Error): void => resolve(err(error.message));
      if (patience !== null) {
        asked.setTimeout(patience, () => asked.destroy(new Error(`no answer within ${patience} ms`)));
      }
      asked.on('error', fail);
      asked.on('response', (response) => {
        const status = response.statusCode ?? 0;
        if (status < 400) {
          // A container that is removed before it ever ran never exits: such a wait must not keep us.
          if (patience === null) response.socket.unref();
          return resolve(ok(response));
        }
        textOf(response).then((text) => {
          const message = field(parsed(text), 'message');
          resolve(err(`${status} ${typeof message === 'string' ? message : text.trim()}`));
        }, fail);
      });
      asked.end();
    });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const strings = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(typeof value === 'object' ? (value ?? {}) : {}).map(([name, text]) => [
      name,
      String(text),
    ]),
  );
