import { backoffMs } from '../../shared/base/backoff.ts';
import { type Halt, halt } from '../agent/agent-state.ts';
import type { ClientAnswer } from '../agent/clients.ts';
import { askInTime, type SendTask } from './send-task.ts';

type Usable = Extract<ClientAnswer, { kind: 'on' | 'off' }>;
type Unavailable = Extract<ClientAnswer, { kind: 'unavailable' }>;

/** The agent's settings; undefined when it is halted for want of usable ones. */
export async function settingsOf(task: SendTask): Promise<Usable | undefined> {
  const { state, context } = task;
  const { clients, telemetry } = context;
  let answer = await askInTime(clients.of, task);
  if (answer.kind === 'bad' || answer.kind === 'deleted')
    answer = (await askInTime(clients.afresh, task)) ?? answer;
  if (answer.kind === 'unavailable') answer = await askAgain(answer, task);
  if (answer.kind === 'on' || answer.kind === 'off') return answer;
  if (answer.kind === 'bad')
    telemetry.log('error', 'settings_bad', { agent: state.agentId, problems: answer.problems });
  halt(state, haltFor(answer, state.probing));
  return undefined;
}

function haltFor(answer: Exclude<ClientAnswer, Usable>, probing: boolean): Halt {
  if (answer.kind === 'unavailable')
    return { kind: probing ? 'probe-failed' : 'stalled', reason: answer.reason };
  return answer.kind === 'bad'
    ? { kind: 'misconfigured', reason: 'settings-bad', answer: answer.problems.join('; ') }
    : {
        kind: 'misconfigured',
        reason: 'settings-deleted',
        answer: `${answer.name} is marked for deletion`,
      };
}

/** Asks until there is an answer, or the time is over that an agent has for such. */
async function askAgain(first: Unavailable, task: SendTask): Promise<ClientAnswer> {
  const { state, context } = task;
  const { clients, clock, deadlineMs, agentHealth } = context;
  const where = first.reason === 'settings-unavailable' ? 'secret-store' : 'settings';
  agentHealth.failed(state.agentId, { startedMs: state.startedMs, where });
  // One look is the one attempt of an agent whose breaker is open: the others' lines wait for more.
  if (state.probing) return first;
  state.retries.enter(clock.now());
  let answer: ClientAnswer = first;
  for (let retry = 0; answer.kind === 'unavailable'; retry += 1) {
    const waitMs = backoffMs(retry, clock.random);
    if (clock.now() + waitMs > Math.min(state.retries.endsMs(), deadlineMs)) break;
    await clock.sleep(waitMs);
    answer = await askInTime(clients.of, task);
  }
  state.retries.leave(clock.now());
  return answer;
}
