import { readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import type {
  AcceptedEvent,
  Receiver,
  ReceiverOptions,
  StartReceiver,
} from '../../receivers/kit/receiver.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

/** One request on a connection of its own; rejects if the connection breaks. */
export function send(baseUrl: string, { method = 'POST', path, headers = {}, body, signal }: RawRequest) {
  return new Promise<RawAnswer>((resolve, reject) => {
    const { hostname, port } = new URL(baseUrl);
    const outgoing = request(
      { hostname, port, method, path, headers, agent: false, ...(signal === undefined ? {} : { signal }) },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A started receiver with what it has accepted. */
export interface Bench {
  readonly receiver: Receiver;
  readonly accepted: AcceptedEvent[];
  readonly setting: (name: string) => string;
}

/** Starts a receiver; the caller closes `receiver`. */
export async function bench(start: StartReceiver, options?: ReceiverOptions): Promise<Bench> {
  const accepted: AcceptedEvent[] = [];
  const receiver = await start((event) => accepted.push(event), options);
  const setting = (name: string): string => {
    const value = receiver.settings[name];
    if (value === undefined) throw new Error(`The receiver has no ${name}`);
    return value;
  };
  return { receiver, accepted, setting };
}

/** A file of the services' golden examples. */
export function golden(name: string): string {
  return readFileSync(new URL(`../fixtures/golden/${name}`, import.meta.url), 'utf8');
}

/** The moment shortly after the golden examples were written. */
export const GOLDEN_NOW = Date.parse('2026-01-15T10:30:05Z');
