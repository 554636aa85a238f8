import { createLru } from '../../shared/base/lru.ts';
import type { Settings } from '../../shared/destination/common-settings.ts';
import type { Destination, Drain, Network } from '../../shared/destination/contract.ts';
import { parseSecretText } from '../../shared/settings/secret-text.ts';
import type { RawSettings, Secrets } from '../../shared/settings/secrets.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';

/** An agent's drain, or why it has none. */
export type DrainAnswer =
  | {
      readonly kind: 'on';
      readonly drain: Drain;
      readonly minLevel: Settings['minLevel'];
      readonly confidential: readonly string[];
    }
  /** No settings, or switched off: the agent's lines are skipped, counted. */
  | { readonly kind: 'off' }
  | { readonly kind: 'bad'; readonly problems: readonly string[] }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface Drains {
  readonly of: (agentId: string) => Promise<DrainAnswer>;
  /** After a refusal: reads the secret again; undefined if that was done less than a minute ago. */
  readonly afresh: (agentId: string) => Promise<DrainAnswer | undefined>;
  /** Frees drains that are no longer kept: between invocations, since each of their agents may send until the end. */
  readonly sweep: () => void;
}

export interface DrainsOptions<S extends Settings> {
  readonly destination: Destination<S>;
  readonly secrets: Secrets;
  readonly network: Network;
  readonly telemetry: Telemetry;
  readonly now: () => number;
}

/** As many as a batch has records: with fewer, a batch of 1,000 accounts would open all of theirs anew. */
const MAX_DRAINS = 1_000;
const MAX_IDLE_MS = 60 * 60_000;
/** Unknown settings that are named in one log line. */
const MAX_NAMES = 20;

type OnAnswer = Extract<DrainAnswer, { kind: 'on' }>;

/** Opens drains and keeps them: one per distinct secret text, shared by the agents that use it. */
export function createDrains<S extends Settings>(options: DrainsOptions<S>): Drains {
  const { destination, secrets, network, telemetry, now } = options;
  /** No longer kept, but perhaps still in use. */
  const dropped: Drain[] = [];
  const open = createLru<OnAnswer>({
    maxEntries: MAX_DRAINS,
    maxAgeMs: MAX_IDLE_MS,
    now,
    onDrop: ({ drain }) => dropped.push(drain),
  });

  function drainOf(text: string): DrainAnswer {
    const kept = open.get(text);
    if (kept !== undefined) return kept;
    const secret = parseSecretText(text);
    if (secret.kind === 'bad') return { kind: 'bad', problems: [secret.problem] };
    const parsed = destination.parse(secret.values);
    if (parsed.kind === 'off') return { kind: 'off' };
    if (parsed.kind === 'bad') return parsed;
    if (parsed.unknown.length > 0) {
      telemetry.log('warn', 'settings_unknown', { names: parsed.unknown.slice(0, MAX_NAMES) });
    }
    const answer: OnAnswer = {
      kind: 'on',
      drain: destination.open(parsed.settings, network),
      minLevel: parsed.settings.minLevel,
      // Of the settings that there are: thousands of others would cost a second of each answer's masking.
      confidential: destination.manifest.settings.flatMap(({ name }) => secret.values[name] ?? []),
    };
    open.set(text, answer);
    return answer;
  }

  function answerOf(raw: RawSettings): DrainAnswer {
    if (raw.kind === 'absent') return { kind: 'off' };
    return raw.kind === 'found' ? drainOf(raw.text) : raw;
  }

  return {
    of: async (agentId) => answerOf(await secrets.read(agentId)),
    afresh: async (agentId) => {
      const raw = await secrets.readAfresh(agentId);
      return raw === undefined ? undefined : answerOf(raw);
    },
    sweep: () => {
      for (const drain of dropped.splice(0)) void drain.close?.().catch(() => undefined);
    },
  };
}
