import { promisify } from 'node:util';
import { gzip as gzipCallback, gzipSync } from 'node:zlib';
import type { buildConnector, Dispatcher } from 'undici';
import type { Network } from '../delivery/destination.ts';
import type { Rest } from '../outcome.ts';
import { assertHostAllowed } from './address-guard.ts';
import { type Connection, createConnection } from './connection.ts';
import { createConnector } from './connector.ts';
import { restOfFault } from './fault.ts';
import { proxyFor } from './proxy.ts';

const gzipAside = promisify(gzipCallback);

/** Smaller bodies fit one packet as they are. */
const GZIP_FROM_BYTES = 1_024;
/** The fastest level: log lines shrink to about a tenth with it already. */
const GZIP_LEVEL = 1;
/**
 * Bodies below are compressed at once: handing one to another thread and taking it back costs as much as compressing
 * it (30 KB: 0.09 ms of CPU here, 0.18 to 0.30 ms over there).
 */
const GZIP_ASIDE_FROM_BYTES = 128 * 1024;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly gzip: boolean;
  readonly signal: AbortSignal;
}

/** What a server answered: header names in lower case, at most 64 KiB of the body. */
export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What kept an answer from coming: judged, and in the words of the error. */
export interface HttpFault {
  readonly kind: 'fault';
  readonly rest: Rest;
  readonly words: string;
}

export type HttpResult = HttpAnswer | HttpFault;

/** Connections with one set of trusted certificates. */
export interface Http {
  /** Posts once, follows no redirect, and never throws for what a server or network can do. */
  readonly post: (request: HttpRequest) => Promise<HttpResult>;
  readonly close: () => Promise<void>;
}

export interface HttpOptions {
  readonly network: Network;
  /** PEM certificates to trust in addition to the public ones. */
  readonly ca?: string | undefined;
}

function gzip(body: Buffer): Buffer | Promise<Buffer> {
  // Room for what logs shrink to: each further chunk of output is a further trip to the other thread.
  const options = { level: GZIP_LEVEL, chunkSize: Math.ceil(body.length / 4) };
  return body.length < GZIP_ASIDE_FROM_BYTES ? gzipSync(body, options) : gzipAside(body, options);
}

function innermost(error: unknown): unknown {
  const inner = error instanceof AggregateError ? error.errors[0] : error instanceof Error && error.cause;
  return inner instanceof Error ? innermost(inner) : error;
}

function faultOf(error: unknown): HttpFault {
  const cause = innermost(error);
  return {
    kind: 'fault',
    rest: restOfFault(error),
    words: cause instanceof Error ? cause.message : 'unknown',
  };
}

/** Text of a body, cut at 64 KiB; what breaks off is kept as far as it came, since the status is known. */
async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      parts.push(part);
      size += part.length;
      if (size >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The connection is gone, the status is not.
  }
  return Buffer.concat(parts).subarray(0, MAX_ANSWER_BYTES).toString();
}

function plainHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')] as const),
  );
}

/** What connects to one origin, and its connections at rest: the last used is taken first, so few stay open. */
interface Pool {
  readonly connector: buildConnector.connector;
  readonly idle: Connection[];
}

/** Makes a client with its own connections. */
export function createHttp(options: HttpOptions): Http {
  const { network, ca } = options;
  const pools = new Map<string, Pool>();
  const opened = new Set<Connection>();

  function poolOf(url: URL): Pool {
    const known = pools.get(url.origin);
    if (known !== undefined) return known;
    const pool = { connector: createConnector({ network, ca, proxy: proxyFor(url, network) }), idle: [] };
    pools.set(url.origin, pool);
    return pool;
  }

  function take(url: URL, pool: Pool): Connection {
    const rested = pool.idle.pop();
    if (rested !== undefined) return rested;
    const connection = createConnection(url.origin, pool.connector);
    opened.add(connection);
    return connection;
  }

  async function exchange(url: URL, request: HttpRequest): Promise<HttpAnswer> {
    const zipped = request.gzip && request.body.length >= GZIP_FROM_BYTES;
    const body = zipped ? await gzip(request.body) : request.body;
    const headers = {
      'user-agent': network.client,
      ...request.headers,
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    };
    const pool = poolOf(url);
    const connection = take(url, pool);
    try {
      const path = url.pathname + url.search;
      const response = await connection.send({ method: 'POST', path, headers, body, signal: request.signal });
      const text = await readText(response.body);
      return { kind: 'answer', status: response.statusCode, headers: plainHeaders(response.headers), text };
    } finally {
      pool.idle.push(connection);
    }
  }

  async function post(request: HttpRequest): Promise<HttpResult> {
    const url = new URL(request.url);
    if (url.protocol !== 'https:' && network.allowPrivate !== 'all') {
      return {
        kind: 'fault',
        rest: { fate: 'refuse', reason: 'plain-http' },
        words: 'only https is allowed',
      };
    }
    try {
      assertHostAllowed(url.hostname, network.allowPrivate);
      return await exchange(url, request);
    } catch (error) {
      return faultOf(error);
    }
  }

  return {
    post,
    close: async () => {
      await Promise.all([...opened].map((connection) => connection.close()));
    },
  };
}
