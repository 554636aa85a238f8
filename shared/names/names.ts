import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Clock } from '../base/clock.ts';
import { createLru } from '../base/lru.ts';
import { withinFirmTime } from '../base/time-limit.ts';
import { type Found, findAddresses } from './find-addresses.ts';
import { parseHosts } from './hosts-file.ts';
import { NameError } from './name-error.ts';
import { parseSearchList, type SearchList, wholeNames } from './search-list.ts';
import type { AskServers } from './servers.ts';

/** What is known on the machine itself. */
export interface NameFiles {
  /** The text of the hosts file, empty where there is none. */
  readonly hosts: string;
  /** The text of resolv.conf. */
  readonly resolvConf: string;
}

export interface NamesOptions {
  readonly ask: AskServers;
  readonly readFiles: () => NameFiles;
  readonly clock: Clock;
}

/** For all that it takes to find a name's addresses. */
const LIMIT_MS = 2_000;
/** Answers are remembered for as long as they say, within these; failures for the shortest time. */
const SHORTEST_MS = 5_000;
const LONGEST_MS = 60_000;
const MAX_NAMES = 5_000;

/** All addresses of a name, of one family or (0, undefined) of both; rejects with a NameError. */
export type FindAddresses = (
  hostname: string,
  family?: LookupAllOptions['family'],
) => Promise<LookupAddress[]>;

type Settled = Found | NameError;

/**
 * Finds addresses without libuv's pool, of which a name server that does not answer would take all that looks up names.
 * A name is asked for once at a time, whoever wants it; `localhost` and the hosts file come first, and the search list is
 * heeded.
 */
export function createNames(options: NamesOptions): FindAddresses {
  const { clock } = options;
  const remembered = createLru<{ readonly settled: Settled; readonly untilMs: number }>({
    maxEntries: MAX_NAMES,
    maxAgeMs: LONGEST_MS,
    now: clock.now,
  });
  const pending = new Map<string, Promise<Settled>>();
  const filesNow = createFiles(options);

  async function find(host: string): Promise<Settled> {
    const startedMs = clock.now();
    const settled = await findByList(host, { ...options, search: filesNow().search });
    const tookMs = clock.now() - startedMs;
    // What took longer stood still meanwhile, as functions do between events, and says nothing of the servers.
    if (!(settled instanceof NameError) || tookMs < 2 * LIMIT_MS) {
      const ttlMs = settled instanceof NameError ? 0 : settled.ttlMs;
      const forMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ttlMs));
      remembered.set(host, { settled, untilMs: clock.now() + forMs });
    }
    return settled;
  }

  async function settle(host: string): Promise<Settled> {
    const own = ownAddresses(host, filesNow().hosts);
    if (own !== undefined) return { addresses: own, ttlMs: 0 };
    const known = remembered.get(host);
    if (known !== undefined && clock.now() < known.untilMs) return known.settled;
    const asked = pending.get(host) ?? find(host).finally(() => pending.delete(host));
    pending.set(host, asked);
    return asked;
  }

  return async (hostname, family) => {
    const settled = await settle(domainToASCII(hostname).toLowerCase() || hostname);
    if (settled instanceof NameError) throw settled;
    const addresses = settled.addresses.filter((one) => isMeant(one, family));
    if (addresses.length === 0) throw new NameError(hostname, 'ENOTFOUND');
    return addresses;
  };
}

/** The machine's files, parsed, as they were a moment ago at most. */
function createFiles({ readFiles, clock }: NamesOptions) {
  const read = () => {
    const { hosts, resolvConf } = readFiles();
    return {
      hosts: parseHosts(hosts),
      search: parseSearchList(resolvConf),
      untilMs: clock.now() + SHORTEST_MS,
    };
  };
  let files = read();
  return () => {
    if (clock.now() >= files.untilMs) files = read();
    return files;
  };
}

/** Of names that nobody else is asked for: the hosts file's, and the machine's own (RFC 6761, section 6.3). */
function ownAddresses(
  host: string,
  hosts: ReadonlyMap<string, readonly string[]>,
): readonly LookupAddress[] | undefined {
  const name = host.replace(/\.$/, '');
  const isOwn = name === 'localhost' || name.endsWith('.localhost');
  const addresses = hosts.get(name) ?? (isOwn ? ['127.0.0.1', '::1'] : undefined);
  return addresses?.map((address) => ({ address, family: isIP(address) }));
}

function isMeant({ family }: LookupAddress, wanted: LookupAllOptions['family']): boolean {
  if (wanted === 4 || wanted === 'IPv4') return family === 4;
  if (wanted === 6 || wanted === 'IPv6') return family === 6;
  return true;
}

interface Search extends Pick<NamesOptions, 'ask' | 'clock'> {
  readonly search: SearchList;
}

/** A server that knows nothing of one name may know another of the list, as in getaddrinfo(3). */
async function findByList(host: string, { ask, clock, search }: Search): Promise<Settled> {
  const unknown = new NameError(host, 'EAI_AGAIN');
  const limit = { clock, ms: LIMIT_MS, graceMs: 0, otherwise: unknown };
  return withinFirmTime<Settled>(limit, async (signal) => {
    let failure = new NameError(host, 'ENOTFOUND');
    for (const name of wholeNames(host, search)) {
      if (signal.aborted) break;
      const found = await findAddresses(name, { ask, clock });
      if (typeof found === 'object') return found;
      if (found === 'unknown') failure = unknown;
    }
    return failure;
  });
}
