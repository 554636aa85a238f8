import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Clock } from '../../../shared/base/clock.ts';
import type { Identity } from './credentials.ts';
import { createHttpVersions } from './http-version.ts';
import { createRequestHandler } from './request-handler.ts';

export interface Client {
  readonly kinesis: KinesisClient;
  /** What it signs with. */
  readonly identity: Identity;
  /** That are under way. */
  calls: number;
}

/** The SDK's client for Kinesis, which is replaced when its connection or its credentials are in doubt. */
export interface Clients {
  /** The current one, or a fresh one if its credentials are others than these. */
  readonly use: (identity: Identity) => Client;
  /** After each use. */
  readonly release: (client: Client) => void;
  /** Further calls get a fresh one. */
  readonly drop: (client: Client) => void;
}

export function createClients(region: string | undefined, clock: Pick<Clock, 'monotonic'>): Clients {
  const versions = createHttpVersions(clock);
  let current: Client | undefined;

  const create = (identity: Identity): Client => ({
    kinesis: new KinesisClient({
      ...(region === undefined ? {} : { region }),
      credentials: identity,
      maxAttempts: 1,
      requestHandler: createRequestHandler(versions),
      // Its notices help nobody here.
      logger: { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
    }),
    identity,
    calls: 0,
  });

  const closeIfLeft = (client: Client): void => {
    if (client !== current && client.calls === 0) client.kinesis.destroy();
  };

  return {
    use: (identity) => {
      const last = current;
      if (last?.identity !== identity) {
        current = create(identity);
        if (last !== undefined) closeIfLeft(last);
      }
      const client = current ?? create(identity);
      client.calls += 1;
      return client;
    },
    release: (client) => {
      client.calls -= 1;
      closeIfLeft(client);
    },
    drop: (client) => {
      if (current === client) current = undefined;
    },
  };
}

function ignore(): void {}
