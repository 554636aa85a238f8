import { Resolver } from 'node:dns/promises';

export interface Answer {
  readonly address: string;
  /** For how long the answer may be used, s. */
  readonly ttl: number;
}

/**
 * Asks the machine's name servers for all addresses of one family. Rejects with an error that has one of c-ares' codes
 * (nodejs.org/api/dns.html#error-codes).
 */
export type AskServers = (name: string, family: 4 | 6) => Promise<readonly Answer[]>;

/** Each server is asked twice, the second time with twice the patience at most: one is done with in 1.8 s. */
const TRIES = { timeout: 600, tries: 2 };

/**
 * Asks by c-ares, which waits in the event loop: `dns.lookup` takes a thread of libuv's pool for as long as it waits, and
 * all of a process may have two of them. All questions share a socket to each server.
 */
export function createAskServers(servers?: readonly string[]): AskServers {
  const resolver = new Resolver(TRIES);
  if (servers !== undefined) resolver.setServers(servers);
  return async (name, family) =>
    family === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true });
}
