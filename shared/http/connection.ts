import { type buildConnector, Client, type Dispatcher } from 'undici';
import { restOfFault } from './fault.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 5_000;
/** Below the idle limit of common servers: Sentry's Relay closes after 5 s (relay-config, `keepalive_timeout`). */
const KEEP_ALIVE_MS = 4_000;

const MAX_ANSWER_BYTES = 64 * 1024;

export interface SendRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

/** What a server answered: header names in lower case, at most 64 KiB of the body. */
export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** One socket that is opened when needed and serves one request at a time. */
export interface Connection {
  readonly send: (request: SendRequest) => Promise<HttpAnswer>;
  readonly close: () => Promise<void>;
}

/**
 * Wraps why no connection came about: undici connects anew for ever after errors with certain codes
 * (`onError` and `handleConnectError` of its lib/dispatcher/client.js).
 */
class ConnectError extends Error {
  constructor(cause: Error) {
    super('no connection', { cause });
    this.name = 'ConnectError';
  }
}

/** Ends a request whose answer is not read any further. */
class EnoughReadError extends Error {}

function plainHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value = ''] of Object.entries(headers)) {
    plain[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return plain;
}

/**
 * Posts once. Through `dispatch`, since `request` makes a stream of each answer. An answer that breaks off counts
 * as far as it came, since its status is known.
 */
function exchange(client: Client, { path, headers, body, signal }: SendRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let running: Dispatcher.DispatchController | undefined;
    let head: Pick<HttpAnswer, 'status' | 'headers'> | undefined;
    const parts: Buffer[] = [];
    let size = 0;

    /** Before there is a connection nothing runs that could be ended, but nobody has to wait for it. */
    const abort = (): void => {
      const reason = signal.reason as Error;
      if (running === undefined) end(reason);
      else running.abort(reason);
    };
    const end = (error?: Error): void => {
      signal.removeEventListener('abort', abort);
      if (head === undefined) reject(error ?? new Error('no answer'));
      else
        resolve({
          kind: 'answer',
          ...head,
          text: Buffer.concat(parts).subarray(0, MAX_ANSWER_BYTES).toString(),
        });
    };
    signal.addEventListener('abort', abort);
    client.dispatch(
      { method: 'POST', path, headers, body },
      {
        onRequestStart: (controller) => {
          running = controller;
          if (signal.aborted) abort();
        },
        onResponseStart: (_controller, status, received) => {
          // Before it, others may come that only inform (RFC 9110 section 15.2).
          if (status >= 200) head = { status, headers: plainHeaders(received) };
        },
        onResponseData: (controller, part) => {
          parts.push(part);
          size += part.length;
          if (size >= MAX_ANSWER_BYTES) controller.abort(new EnoughReadError());
        },
        onResponseEnd: () => end(),
        onResponseError: (_controller, error) => end(error),
      },
    );
  });
}

function isReset(error: unknown): boolean {
  const rest = restOfFault(error);
  return rest.fate === 'retry' && rest.reason === 'connection-reset';
}

/**
 * Makes a connection to an origin. A peer may close an idle socket just when a request is on its way, all the
 * more after a function was frozen: a reset before any response of a socket that has served before goes once
 * more on a fresh one.
 */
export function createConnection(origin: string, connector: buildConnector.connector): Connection {
  let answersOfSocket = 0;
  const client = new Client(origin, {
    connect: (options: buildConnector.Options, callback: buildConnector.Callback) => {
      answersOfSocket = 0;
      connector(options, (error, socket) => {
        if (error === null) callback(null, socket);
        else callback(new ConnectError(error), null);
      });
    },
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: BODY_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
  });

  async function sendOnce(request: SendRequest): Promise<HttpAnswer> {
    const answer = await exchange(client, request);
    answersOfSocket += 1;
    return answer;
  }

  return {
    send: async (request) => {
      try {
        return await sendOnce(request);
      } catch (error) {
        if (answersOfSocket === 0 || !isReset(error)) throw error;
      }
      return sendOnce(request);
    },
    close: () => client.close(),
  };
}
