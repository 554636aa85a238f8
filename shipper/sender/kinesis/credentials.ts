import type { KinesisClientConfig } from '@aws-sdk/client-kinesis';
import type { Clock } from '../../../shared/base/clock.ts';

/** How long a provider may take before that counts as a failure. */
const MAX_LOAD_MS = 60_000;
/** One that has not answered is asked again after twice as long each time, beside what still runs of it. */
const MAX_RESTART_MS = 600_000;
/** Credentials that end sooner are renewed while they are used. */
const RENEW_BEFORE_MS = 300_000;
/** But no more often than this, since some never last longer; so long they are used whatever our clock says of their end. */
const MIN_AGE_MS = 30_000;

/** What the SDK's last link says when no other has anything. */
const NONE_AT_ALL = 'Could not load credentials from any providers';

/** Keys to sign with. */
export type Identity = Extract<KinesisClientConfig['credentials'], { readonly accessKeyId: string }>;

/** Where credentials may come from, in plain words. */
export interface SourceListener {
  /** It is asked. */
  readonly onAsked: (source: string) => void;
  /** It is set up, and gives none. */
  readonly onFailed: (source: string) => void;
}

/** Asks the environment's providers afresh. */
export type CredentialsLoad = (listener: SourceListener) => Promise<Identity>;

/** No credentials were to be had; the message tells why in plain words, without anything that a provider said. */
export class CredentialsFailure extends Error {
  override readonly name = 'CredentialsFailure';
}

/** The environment's credentials, for all calls. */
export interface Credentials {
  /** Asks the provider if need be, once for all who wait. Throws a CredentialsFailure, after 60 s at the latest. */
  readonly get: () => Promise<Identity>;
  /** These, which `get` gave, were not accepted: others are asked for. */
  readonly refuse: (identity: Identity) => void;
  /** Where they come from, as far as is known, in plain words. */
  readonly source: () => string;
}

export function createCredentials(
  load: CredentialsLoad,
  clock: Pick<Clock, 'now' | 'monotonic' | 'sleep'>,
): Credentials {
  let held: { readonly identity: Identity; readonly loadedMs: number } | undefined;
  let source = 'a provider';

  const loads = createLoads(clock, async () => {
    const failed = new Set<string>();
    try {
      const identity = await load({
        onAsked: (asked) => {
          source = asked;
        },
        onFailed: (one) => failed.add(one),
      });
      held = { identity, loadedMs: clock.monotonic() };
      return identity;
    } catch (error) {
      throw new CredentialsFailure(
        `AWS credentials are missing, invalid or expired (${describe(error, source, failed)}): provide valid ones`,
      );
    }
  });

  const fresh = async (): Promise<Identity> => {
    const identity = await inTime(loads.run(), clock);
    if (identity !== undefined) return identity;
    throw new CredentialsFailure(
      `AWS credentials have not come within ${MAX_LOAD_MS / 1_000} s (from ${source}): see what holds it up`,
    );
  };

  return {
    get: () => {
      if (held === undefined) return fresh();
      const { identity, loadedMs } = held;
      const leftMs = (identity.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - clock.now();
      if (leftMs < RENEW_BEFORE_MS && loads.sinceMs() >= MIN_AGE_MS) loads.run();
      const isUsable = leftMs > 0 || clock.monotonic() - loadedMs < MIN_AGE_MS;
      return isUsable ? Promise.resolve(identity) : fresh();
    },
    refuse: (identity) => {
      if (held?.identity === identity) held = undefined;
    },
    source: () => source,
  };
}

interface Load {
  readonly startedMs: number;
  readonly identity: Promise<Identity>;
}

interface Loads {
  /** The one that runs, or another if there is none or it has run for too long. */
  readonly run: () => Load;
  /** Since the last one began. */
  readonly sinceMs: () => number;
}

function createLoads({ monotonic }: Pick<Clock, 'monotonic'>, load: () => Promise<Identity>): Loads {
  let running: Load | undefined;
  let startedMs = Number.NEGATIVE_INFINITY;
  let timeouts = 0;
  return {
    run: () => {
      const restartMs = Math.min(MAX_RESTART_MS, MAX_LOAD_MS * 2 ** timeouts);
      if (running !== undefined && monotonic() - startedMs < restartMs) return running;
      timeouts = running === undefined ? 0 : timeouts + 1;
      startedMs = monotonic();
      const started: Load = { startedMs, identity: load() };
      running = started;
      const end = (): void => {
        if (running === started) running = undefined;
      };
      started.identity.then(end, end);
      return started;
    },
    sinceMs: () => monotonic() - startedMs,
  };
}

/** Waits as long as a load may take; undefined then. */
async function inTime(
  { identity, startedMs }: Load,
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
): Promise<Identity | undefined> {
  const done = new AbortController();
  const leftMs = Math.max(0, startedMs + MAX_LOAD_MS - clock.monotonic());
  try {
    return await Promise.race([identity, clock.sleep(leftMs, done.signal).then(() => undefined)]);
  } finally {
    done.abort();
  }
}

/** What went wrong, without a word that a provider said. */
function describe(error: unknown, source: string, failed: ReadonlySet<string>): string {
  const parts = [...failed].map((one) => `${one} failed`);
  const isLast = error instanceof Error && error.message === NONE_AT_ALL;
  if (!isLast && !failed.has(source)) {
    const name = error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : 'Error';
    parts.push(`${name} from ${source}`);
  }
  return parts.length === 0 ? 'no provider has any' : parts.join(', ');
}
