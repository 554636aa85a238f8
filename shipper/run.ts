import { STDERR, STDOUT } from '../shared/record/format.ts';
import { type AgentEnd, exitCode } from './agent/agent-end.ts';
import { type AgentStart, startAgent } from './agent/child.ts';
import { openSignalRoute } from './agent/signal-route.ts';
import { createGrace } from './grace.ts';
import { createReader, type Reader } from './input/reader.ts';
import type { EventFields } from './queue/agent-events.ts';
import type { RunContext, RunEnd } from './run-context.ts';
import { createForcedQuit, shutDown } from './shutdown.ts';
import { type Attend, withPipeline } from './with-pipeline.ts';

/** Runs the command as our child and sends its output, until it has ended and its lines are sent. */
export async function runAgent(context: RunContext, start: AgentStart): Promise<RunEnd> {
  const { options, log, clock } = context;
  const startedMs = clock.monotonic();
  const agent = await startAgent(start, clock);
  const route = openSignalRoute({ pid: agent.pid, words: start.command, send: agent.signal, clock });
  agent.enlargePipes();
  if (agent.notice !== undefined) log('agent start', agent.notice);
  let shuttingDown = false;
  const grace = createGrace(options.graceMs, clock);
  const { forced, onSignal } = createForcedQuit(() => shuttingDown);
  let held = true;
  context.onSignal((signal) => {
    onSignal(signal);
    grace.onSignal(signal);
    // What came before the agent was there has not reached it, whoever else got it.
    if (held) agent.signal(signal);
    else route.pass(signal);
  });
  held = false;

  let reader: Reader | undefined;
  const attend: Attend = async (pipeline) => {
    if (agent.started) pipeline.event({ level: 'info', event: 'AGENT_STARTED', message: 'agent started' });
    const reading = createReader(
      [
        { code: STDOUT, source: agent.stdout, tee: options.tee ? context.stdout : undefined },
        { code: STDERR, source: agent.stderr, tee: options.tee ? context.stderr : undefined },
      ],
      pipeline,
    );
    reader = reading;
    const end = await Promise.race([agent.ended, reading.ended.then(() => agent.ended)]);
    const uptimeMs = Math.round(clock.monotonic() - startedMs);
    // Whatever becomes of what follows.
    process.exitCode = exitCode(end);
    shuttingDown = true;
    route.end();
    grace.onAgentEnd();
    if (end.kind === 'not-started') log('agent', end.advice);
    const lastEvent = endEvent({ end, askedToEnd: grace.agentWasAsked(), uptimeMs });
    const remaining = await shutDown(context, { reader: reading, pipeline, forced, grace, lastEvent });
    const lateLines = reading.lateLines();
    if (lateLines > 0) log('late', `${lateLines} lines of processes that outlived the agent were not sent`);
    const signal = end.kind === 'killed' ? end.signal : null;
    return { pipeline, exitCode: exitCode(end), signal, ...remaining, lateLines };
  };
  return withPipeline(context, (paused) => reader?.setPaused(paused), attend);
}

interface Ending {
  readonly end: AgentEnd;
  /** A signal that asks to end had been passed on before. */
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
    // Asked to end, it may have been cut off: an end by force is told apart from one in good order.
    const level = code === 0 ? 'info' : 'warn';
    return { level, event: 'AGENT_EXITED', message: `agent exited ${how} ${after}`, ...rest };
  }
  return { level: 'fatal', event: 'AGENT_CRASHED', message: `agent crashed ${how} ${after}`, ...rest };
}
