import { gzipSync } from 'node:zlib';
import type { Network } from '../destination/network.ts';
import type { Rest } from '../destination/outcome.ts';
import { assertHostAllowed } from './address-guard.ts';
import type { HttpAnswer } from './connection.ts';
import { restOfFault } from './fault.ts';
import { type Pool, poolsOf } from './pools.ts';

/** Smaller bodies fit one packet as they are. */
const GZIP_FROM_BYTES = 1_024;
/** The fastest level: log lines shrink to about a tenth with it already. */
const GZIP_LEVEL = 1;

export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Copied or compressed before `prepare` returns, and not looked at again. */
  readonly body: Buffer;
  readonly gzip: boolean;
}

/** Posts a prepared request once. Never rejects for what a server or network can do. */
export type Post = (signal: AbortSignal) => Promise<HttpResult>;

/** What kept an answer from coming: judged, and in the words of the error. */
export interface HttpFault {
  readonly kind: 'fault';
  readonly rest: Rest;
  readonly words: string;
}

export type HttpResult = HttpAnswer | HttpFault;

/** A sender of requests that trusts one set of certificates. */
export interface Http {
  /** Makes a request ready to be posted; no redirect is followed. */
  readonly prepare: (request: HttpRequest) => Post;
  /** Gives up its share in the connections; whoever posts after this has one again. */
  readonly close: () => Promise<void>;
}

export interface HttpOptions {
  readonly network: Network;
  /** PEM certificates to trust in addition to the public ones. */
  readonly ca?: string | undefined;
}

/**
 * On this thread: to hand a body to another and take the result back costs about as much CPU again, and a function
 * of half a gigabyte has less than one processor to share out.
 */
function gzip(body: Buffer): Buffer {
  // Room for what logs shrink to: each further chunk of output is another call.
  return gzipSync(body, { level: GZIP_LEVEL, chunkSize: Math.ceil(body.length / 4) });
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

const PLAIN_HTTP: HttpFault = {
  kind: 'fault',
  rest: { fate: 'misconfigured', reason: 'plain-http' },
  words: 'only https is allowed',
};

interface ReadyRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

/** Most requests in a row go to one address. */
function createUrlParser(): (text: string) => URL {
  let last: { readonly text: string; readonly url: URL } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, url: new URL(text) };
    return last.url;
  };
}

/** Makes a client; all clients of a network share its connections. */
export function createHttp(options: HttpOptions): Http {
  const { network, ca } = options;
  const pools = poolsOf(network);
  /** By origin. */
  const joined = new Map<string, Pool>();
  const parseUrl = createUrlParser();

  function poolOf(url: URL): Pool {
    const pool = joined.get(url.origin) ?? pools.join(url, ca);
    joined.set(url.origin, pool);
    return pool;
  }

  async function exchange(url: URL, ready: ReadyRequest): Promise<HttpAnswer> {
    const pool = poolOf(url);
    const connection = pools.take(pool);
    try {
      return await connection.send({ path: url.pathname + url.search, ...ready });
    } finally {
      pools.giveBack(pool, connection);
    }
  }

  function prepare(request: HttpRequest): Post {
    const url = parseUrl(request.url);
    if (url.protocol !== 'https:' && network.allowPrivate !== 'all') return async () => PLAIN_HTTP;
    try {
      assertHostAllowed(url.hostname, network.allowPrivate);
    } catch (error) {
      return async () => faultOf(error);
    }
    const zipped = request.gzip && request.body.length >= GZIP_FROM_BYTES;
    const body = zipped ? gzip(request.body) : Buffer.from(request.body);
    const headers = {
      'user-agent': network.client,
      ...request.headers,
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    };
    return async (signal) => {
      try {
        return await exchange(url, { headers, body, signal });
      } catch (error) {
        return faultOf(error);
      }
    };
  }

  return {
    prepare,
    close: async () => {
      const left = [...joined.values()];
      joined.clear();
      await Promise.all(left.map(pools.leave));
    },
  };
}
