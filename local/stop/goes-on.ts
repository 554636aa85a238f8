import { setTimeout } from 'node:timers/promises';

/** What is known of the agent so far. */
export interface AgentEvents {
  readonly hasStarted: () => boolean;
  readonly hasEnded: () => boolean;
}

const LOOK_EVERY_MS = 50;
/** An agent that was sent a signal, and still runs so long after it is known to have started, has not got it. */
const STARTED_MS = 1_000;
const MOST_MS = 10_000;

/**
 * Whether an agent goes on that was not known to run when all of our group was sent a signal: it may have been started
 * just after that. To tell it again at once would be a second signal for one that has got the first.
 */
export async function goesOn(
  { hasStarted, hasEnded }: AgentEvents,
  sleep: (ms: number) => Promise<void> = setTimeout,
): Promise<boolean> {
  let startedMs = 0;
  for (let waitedMs = 0; waitedMs < MOST_MS && startedMs < STARTED_MS; waitedMs += LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS);
    if (hasEnded()) return false;
    if (hasStarted()) startedMs += LOOK_EVERY_MS;
  }
  return true;
}
