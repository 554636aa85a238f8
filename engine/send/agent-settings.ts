import { backoffMs } from '../../shared/base/backoff.ts';
import { halt } from '../agent/agent-state.ts';
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
  switch (answer.kind) {
    case 'on':
    case 'off':
      return answer;
    case 'bad':
      telemetry.log('error', 'settings_bad', { agent: state.agentId, problems: answer.problems });
      return haltAs(task, 'settings-bad', answer.problems.join('; '));
    case 'deleted':
      return haltAs(task, 'settings-deleted', `${answer.name} is marked for deletion`);
    case 'unavailable':
      halt(state, { kind: state.probing ? 'probe-failed' : 'stalled', reason: answer.reason });
      return undefined;
  }
}

function haltAs({ state }: SendTask, reason: string, answer: string): undefined {
  halt(state, { kind: 'misconfigured', reason, answer });
}

/** Asks until there is an answer, or the time is over that an agent has for such. */
async function askAgain(first: Unavailable, task: SendTask): Promise<ClientAnswer> {
  const { state, context } = task;
  const { clients, clock, deadlineMs, agentHealth } = context;
  const isOfSettings = first.reason !== 'settings-unavailable';
  agentHealth.failed(state.agentId, { startedMs: state.startedMs, isOfSettings });
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
