import type { LookupAddress } from 'node:dns';
import type { Clock } from '../base/clock.ts';
import type { Answer, AskServers } from './servers.ts';

/** All addresses of a name, and for how long they may be used. */
export interface Found {
  readonly addresses: readonly LookupAddress[];
  readonly ttlMs: number;
}

/** Answers by which a name does not exist, or has no address of this family. */
const NONE: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA']);
/** After the addresses of one family, those of the other are waited for so long: some servers never tell of IPv6. */
const OTHER_FAMILY_MS = 250;

type Part = { readonly family: 4 | 6; readonly answers: readonly Answer[] } | 'none' | 'unknown';

/**
 * 'none': the name has no address; 'unknown': no server told. IPv4 goes first, since a function may have no way to IPv6;
 * who connects tries one after the other (RFC 8305).
 */
export async function findAddresses(
  name: string,
  { ask, clock }: { readonly ask: AskServers; readonly clock: Pick<Clock, 'after'> },
): Promise<Found | 'none' | 'unknown'> {
  const parts = await bothOrSoon([partOf(name, 4, ask), partOf(name, 6, ask)], clock);
  const found = parts.flatMap((part) => (typeof part === 'object' ? [part] : []));
  const inOrder = found.toSorted((a, b) => a.family - b.family);
  const addresses = inOrder.flatMap(({ family, answers }) =>
    answers.map(({ address }) => ({ address, family })),
  );
  if (addresses.length === 0) return parts.includes('unknown') ? 'unknown' : 'none';
  return {
    addresses,
    ttlMs: Math.min(...found.flatMap(({ answers }) => answers.map(({ ttl }) => ttl * 1000))),
  };
}

async function partOf(name: string, family: 4 | 6, ask: AskServers): Promise<Part> {
  try {
    const answers = await ask(name, family);
    return answers.length === 0 ? 'none' : { family, answers };
  } catch (error) {
    return NONE.has((error as { readonly code?: unknown }).code) ? 'none' : 'unknown';
  }
}

/** Both, or the one that has addresses, where the other is not known soon after it. */
function bothOrSoon(
  pending: readonly Promise<Part>[],
  clock: Pick<Clock, 'after'>,
): Promise<readonly Part[]> {
  const parts: Part[] = [];
  return new Promise((resolve) => {
    const note = async (part: Promise<Part>): Promise<void> => {
      const settled = await part;
      parts.push(settled);
      if (parts.length === pending.length) resolve(parts);
      else if (typeof settled === 'object') clock.after(OTHER_FAMILY_MS, () => resolve(parts));
    };
    for (const part of pending) void note(part);
  });
}
