import { STDERR, STDOUT } from '../shared/record/format.ts';
import { type AgentEnd, exitCode, startAgent } from './agent/child.ts';
import type { PassedSignal } from './agent/signals.ts';
import { createIntake } from './input/reader.ts';
import type { EventFields } from './queue/agent-events.ts';
import type { Job, JobEnd } from './run-context.ts';
import { createQuitter, drain, linger, sayUnsent } from './shutdown.ts';

export interface RunOptions {
  readonly command: readonly [string, ...string[]];
  /** The agent's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** A terminal on stdin sends its signals to the agent as well. */
  readonly terminal: boolean;
}

const SENT_BY_TERMINALS: readonly PassedSignal[] = ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGWINCH'];
const ASK_TO_END: readonly PassedSignal[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'];

/** Runs the command as our child, its output into the stream, until it has ended and its lines are sent. */
export async function runAgent(job: Job, { command, env, terminal }: RunOptions): Promise<JobEnd> {
  const { options, say } = job;
  const startedMs = performance.now();
  const agent = startAgent(command, env);
  let draining = false;
  let askedToEnd = false;
  const { quit, onSignal } = createQuitter(() => draining);
  job.onSignal((signal) => {
    onSignal(signal);
    askedToEnd ||= !draining && ASK_TO_END.includes(signal);
    if (!(terminal && SENT_BY_TERMINALS.includes(signal))) agent.signal(signal);
  });

  const pipeline = await job.openPipeline((full) => intake.pause(full));
  if (await agent.started) {
    pipeline.event({ level: 'info', event: 'AGENT_STARTED', message: 'agent started' });
  }
  const intake = createIntake(
    [
      { code: STDOUT, input: agent.stdout, copy: options.tee ? job.stdout : undefined },
      { code: STDERR, input: agent.stderr, copy: options.tee ? job.stderr : undefined },
    ],
    pipeline,
  );

  const end = await agent.ended;
  const uptimeMs = Math.round(performance.now() - startedMs);
  draining = true;
  if (end.kind === 'not-started') say('agent', `cannot start the command: ${end.why}`);
  const { lingerMs, drainTimeoutMs } = options;
  await linger({ intake, pipeline, lingerMs, patienceMs: drainTimeoutMs, quit });
  intake.seal();
  pipeline.finish(endEvent({ end, askedToEnd, uptimeMs }));
  const whileProgressing = options.whenFull === 'block';
  const rest = await drain({ pipeline, timeoutMs: drainTimeoutMs, whileProgressing, quit });
  sayUnsent(job, pipeline, rest);
  const lateLines = intake.lateLines();
  if (lateLines > 0) say('late', `${lateLines} lines of processes that outlived the agent were not sent`);
  const signal = end.kind === 'killed' ? end.signal : null;
  return { pipeline, exitCode: exitCode(end), signal, ...rest, lateLines };
}

interface Ending {
  readonly end: AgentEnd;
  /** We had passed on a signal that asks to end. */
  readonly askedToEnd: boolean;
  readonly uptimeMs: number;
}

function endEvent({ end, askedToEnd, uptimeMs }: Ending): EventFields {
  const code = end.kind === 'killed' ? null : end.code;
  const signal = end.kind === 'killed' ? end.signal : null;
  const after = `after ${(uptimeMs / 1_000).toFixed(1)} s`;
  const rest = { code, signal, uptime_ms: uptimeMs };
  if (end.kind === 'not-started') {
    return {
      level: 'fatal',
      event: 'AGENT_CRASHED',
      message: `agent could not be started: ${end.why}`,
      ...rest,
    };
  }
  const how = signal === null ? `with code ${code}` : `by ${signal}`;
  if (code === 0 || askedToEnd) {
    return { level: 'info', event: 'AGENT_EXITED', message: `agent exited ${how} ${after}`, ...rest };
  }
  return { level: 'fatal', event: 'AGENT_CRASHED', message: `agent crashed ${how} ${after}`, ...rest };
}
