import { createFairSemaphore } from '../base/fair-semaphore.ts';
import { createLru } from '../base/lru.ts';

/** Why a secret could not be read: `settings-unavailable` is about the store, all others about this one secret. */
export type SecretFault =
  | 'settings-unavailable'
  | 'settings-access-denied'
  | 'settings-not-decryptable'
  | 'settings-not-readable';

/** One look at a secret, by name. */
export type SecretAnswer =
  | { readonly kind: 'found'; readonly text: string }
  /** ResourceNotFoundException, and nothing else, means absent. */
  | { readonly kind: 'absent' }
  /** Marked for deletion: it can still be brought back. */
  | { readonly kind: 'deleted' }
  | { readonly kind: 'unavailable'; readonly reason: SecretFault };

export type FetchSecret = (name: string) => Promise<SecretAnswer>;

/** An agent's raw settings, out of its own secret or the default one. */
export type RawSettings =
  | { readonly kind: 'found'; readonly name: string; readonly text: string }
  | { readonly kind: 'absent' }
  /** Its owner has removed the one that the agent uses: no other stands in for it. */
  | { readonly kind: 'deleted'; readonly name: string }
  | { readonly kind: 'unavailable'; readonly reason: SecretFault };

export interface Secrets {
  readonly read: (agentId: string) => Promise<RawSettings>;
  /** Reads past the cache, at most once a minute per agent; undefined when asked sooner. */
  readonly readAfresh: (agentId: string) => Promise<RawSettings | undefined>;
}

export interface SecretsOptions {
  readonly fetch: FetchSecret;
  /** `<prefix>/<agent id>/<destination>`, else `<prefix>/default/<destination>`. */
  readonly prefix: string;
  readonly destination: string;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

const FOUND_MS = 5 * 60_000;
const ABSENT_MS = 10 * 60_000;
const AFRESH_EVERY_MS = 60_000;
/** An answer is kept for up to this share less: what agents that met in one batch learned is not to end in one batch. */
const SPREAD = 0.2;
/** Read at once. Each takes some 30 KB while it is read, and a batch may be the first of thousands of agents. */
const MAX_READS = 32;

interface Cached {
  readonly answer: Exclude<SecretAnswer, { kind: 'unavailable' }>;
  readonly freshUntilMs: number;
}

/** Reads secrets through a cache that outlives an outage of the secret store. */
export function createSecrets({ fetch, prefix, destination, now, random }: SecretsOptions): Secrets {
  const cache = createLru<Cached>({ maxEntries: 10_000, maxAgeMs: 24 * 60 * 60_000, now });
  const lastAfreshMs = createLru<number>({ maxEntries: 10_000, maxAgeMs: AFRESH_EVERY_MS, now });
  const running = new Map<string, Promise<SecretAnswer>>();
  const slots = createFairSemaphore(MAX_READS);
  let outages = 0;

  async function fetchInTurn(name: string): Promise<SecretAnswer> {
    const outagesBefore = outages;
    const release = await slots.acquire(name);
    try {
      // To ask a store that was silent while this waited would take each of many as long again.
      if (outages > outagesBefore) return { kind: 'unavailable', reason: 'settings-unavailable' };
      const answer = await fetch(name);
      if (answer.kind === 'unavailable' && answer.reason === 'settings-unavailable') outages += 1;
      return answer;
    } finally {
      release();
    }
  }

  async function fetchOnce(name: string): Promise<SecretAnswer> {
    const answer = await fetchInTurn(name);
    if (answer.kind === 'unavailable') return cache.get(name)?.answer ?? answer;
    const keepMs = answer.kind === 'found' ? FOUND_MS : ABSENT_MS;
    cache.set(name, { answer, freshUntilMs: now() + keepMs * (1 - SPREAD * random()) });
    return answer;
  }

  async function look(name: string, afresh: boolean): Promise<SecretAnswer> {
    const cached = cache.get(name);
    if (!afresh && cached !== undefined && cached.freshUntilMs > now()) return cached.answer;
    const started = running.get(name) ?? fetchOnce(name).finally(() => running.delete(name));
    running.set(name, started);
    return started;
  }

  async function readBoth(agentId: string, afresh: boolean): Promise<RawSettings> {
    for (const owner of [agentId, 'default']) {
      const name = `${prefix}/${owner}/${destination}`;
      const answer = await look(name, afresh);
      if (answer.kind === 'found') return { kind: 'found', name, text: answer.text };
      if (answer.kind === 'deleted') return { kind: 'deleted', name };
      if (answer.kind === 'unavailable') return answer;
    }
    return { kind: 'absent' };
  }

  return {
    read: (agentId) => readBoth(agentId, false),
    readAfresh: async (agentId) => {
      // Being asked does not put it off: an agent that is refused asks with every event.
      if (now() - (lastAfreshMs.get(agentId) ?? Number.NEGATIVE_INFINITY) < AFRESH_EVERY_MS) return undefined;
      lastAfreshMs.set(agentId, now());
      return readBoth(agentId, true);
    },
  };
}
