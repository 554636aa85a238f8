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
/** So long after that, an agent's lines may still be left out because nobody can say whether it has settings by now. */
const DOUBTED_MS = 10 * 60_000;
const AFRESH_EVERY_MS = 60_000;
/** An answer is kept for up to this share less: what agents that met in one batch learned is not to end in one batch. */
const SPREAD = 0.2;
/** Read at once. Each takes some 30 KB while it is read, and a batch may be the first of thousands of agents. */
const MAX_READS = 32;

/** An answer, and why it may be wrong by now where it is old and the store does not tell. */
type Looked = SecretAnswer & { readonly doubt?: SecretFault };

interface Cached {
  readonly answer: Exclude<SecretAnswer, { kind: 'unavailable' }>;
  readonly freshUntilMs: number;
}

/** Reads secrets through a cache that outlives an outage of the secret store. */
export function createSecrets({ fetch, prefix, destination, now, random }: SecretsOptions): Secrets {
  const cache = createLru<Cached>({ maxEntries: 10_000, maxAgeMs: 24 * 60 * 60_000, now });
  const lastAfreshMs = createLru<number>({ maxEntries: 10_000, maxAgeMs: AFRESH_EVERY_MS, now });
  const running = new Map<string, Promise<Looked>>();
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

  /** What was known before, where the store does not tell. */
  function withoutStore(name: string, fault: Extract<SecretAnswer, { kind: 'unavailable' }>): Looked {
    const cached = cache.get(name);
    if (cached === undefined) return fault;
    const isDoubted = cached.answer.kind === 'absent' && now() > cached.freshUntilMs + DOUBTED_MS;
    return isDoubted ? { ...cached.answer, doubt: fault.reason } : cached.answer;
  }

  async function fetchOnce(name: string): Promise<Looked> {
    const answer = await fetchInTurn(name);
    if (answer.kind === 'unavailable') return withoutStore(name, answer);
    const keepMs = answer.kind === 'found' ? FOUND_MS : ABSENT_MS;
    cache.set(name, { answer, freshUntilMs: now() + keepMs * (1 - SPREAD * random()) });
    return answer;
  }

  async function look(name: string, afresh: boolean): Promise<Looked> {
    const cached = cache.get(name);
    if (!afresh && cached !== undefined && cached.freshUntilMs > now()) return cached.answer;
    const started = running.get(name) ?? fetchOnce(name).finally(() => running.delete(name));
    running.set(name, started);
    return started;
  }

  async function readBoth(agentId: string, afresh: boolean): Promise<RawSettings> {
    let doubt: SecretFault | undefined;
    for (const owner of [agentId, 'default']) {
      const name = `${prefix}/${owner}/${destination}`;
      const answer = await look(name, afresh);
      if (answer.kind === 'found') return { kind: 'found', name, text: answer.text };
      if (answer.kind === 'deleted') return { kind: 'deleted', name };
      if (answer.kind === 'unavailable') return answer;
      doubt ??= answer.doubt;
    }
    // Lines without settings are left out, which nothing makes good if there are some by now.
    return doubt === undefined ? { kind: 'absent' } : { kind: 'unavailable', reason: doubt };
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
