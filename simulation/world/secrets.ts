import type { FetchSecret, SecretAnswer } from '../../shared/settings/secrets.ts';
import type { Process } from '../time/process.ts';
import type { World } from './world.ts';

/** How the SDK goes about a call that is not answered: three attempts of 5 s. */
const SILENT_MS = 15_000;

/** One secret as it is: `text` is undefined where there is none. */
interface Secret {
  readonly text: string | undefined;
  readonly isDeleted: boolean;
}

/** Secrets Manager with the secrets of all agents. */
export interface SecretStore {
  readonly set: (agent: string, secret: Secret) => void;
  /** As the process of a container asks. */
  readonly fetchFrom: (process: Process, container: number) => FetchSecret;
  /** The agent had no settings at some moment since then. */
  readonly wasAbsentSince: (agent: string, sinceMs: number) => boolean;
}

/** `<prefix>/<agent id>/<destination>`. */
function agentIn(name: string): string {
  return name.split('/')[1] ?? '';
}

export function createSecretStore(world: World): SecretStore {
  const { conditions, timeline } = world;
  const secrets = new Map<string, Secret>();
  const random = world.random.fork('secrets');
  /** The times in which an agent had no settings; `toMs` is undefined while it has none. */
  const absences: { readonly agent: string; readonly fromMs: number; toMs: number | undefined }[] = [];

  function noteAbsence(agent: string, isAbsent: boolean): void {
    const open = absences.find((one) => one.agent === agent && one.toMs === undefined);
    if (isAbsent && open === undefined) absences.push({ agent, fromMs: timeline.now(), toMs: undefined });
    if (!isAbsent && open !== undefined) open.toMs = timeline.now();
  }

  function answerOf(name: string): SecretAnswer {
    const failing = conditions.shared('secrets-failing');
    if (failing !== undefined && random.chance(0.2 + failing.degree))
      return { kind: 'unavailable', reason: 'settings-unavailable' };
    const agent = agentIn(name);
    if (conditions.of(agent, 'secret-denied'))
      return { kind: 'unavailable', reason: 'settings-access-denied' };
    const secret = secrets.get(agent);
    if (secret?.isDeleted === true) return { kind: 'deleted' };
    return secret?.text === undefined ? { kind: 'absent' } : { kind: 'found', text: secret.text };
  }

  return {
    set: (agent, secret) => {
      secrets.set(agent, secret);
      noteAbsence(agent, secret.text === undefined && !secret.isDeleted);
    },
    fetchFrom: (process, container) => async (name) => {
      conditions.meet(agentIn(name), container);
      if (conditions.shared('secrets-silent')) {
        await process.clock.sleep(SILENT_MS);
        return { kind: 'unavailable', reason: 'settings-unavailable' };
      }
      const ways = { thereMs: random.between(5, 20), backMs: random.between(5, 20) };
      return process.call(ways, () => answerOf(name));
    },
    wasAbsentSince: (agent, sinceMs) =>
      absences.some((one) => one.agent === agent && (one.toMs ?? Infinity) >= sinceMs),
  };
}
