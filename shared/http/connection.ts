import { type buildConnector, Client, type Dispatcher } from 'undici';
import { restOfFault } from './fault.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 5_000;
/** Below the idle limit of common servers: Sentry's Relay closes after 5 s (relay-config, `keepalive_timeout`). */
const KEEP_ALIVE_MS = 4_000;

export type SendRequest = Omit<Dispatcher.RequestOptions, 'origin'>;

/** One socket that is opened when needed and serves one request at a time. */
export interface Connection {
  readonly send: (request: SendRequest) => Promise<Dispatcher.ResponseData>;
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

  async function request(options: SendRequest): Promise<Dispatcher.ResponseData> {
    const response = await client.request(options);
    answersOfSocket += 1;
    return response;
  }

  return {
    send: async (options) => {
      try {
        return await request(options);
      } catch (error) {
        if (answersOfSocket === 0 || !isReset(error)) throw error;
      }
      return request(options);
    },
    close: () => client.close(),
  };
}
