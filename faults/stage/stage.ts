import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openWorkshop, type Workshop } from '../../bench/kit/workshop.ts';
import type { DestinationId } from '../../lambdas/registry.ts';
import { STALL_LIMIT_SECONDS } from '../../local/function-environment.ts';
import { startTwin, type Twin, type TwinDrain, type TwinOptions } from '../../local/local-stack.ts';
import { linesSetAside } from '../../local/set-aside.ts';
import { watchStream } from '../../local/stream-watch.ts';
import { createTally, type Tally } from '../../local/tally/tally.ts';
import type { AcceptedEvent, Receiver } from '../../receivers/kit/receiver.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { secretsOf } from '../../test/helpers/leaks.ts';
import { type LocalRedrive, startLocalRedrive } from '../../test/helpers/local-redrive.ts';
import { accountOf, linesParked } from './account.ts';
import { type Agent, type AgentOptions, startAgent, writingAgent } from './agent.ts';
import type { Outcome } from './fault.ts';
import { type Front, startFront } from './front.ts';
import { watchMemory } from './memory-watch.ts';
import type { Step } from './plan.ts';
import { commandOf, sendersOf } from './processes.ts';
import { until } from './watch.ts';

export interface StageOptions extends Partial<Omit<TwinOptions, 'distDir' | 'onAccepted' | 'onFunctionLog'>> {
  /** Default: Datadog alone. */
  readonly destinations?: readonly DestinationId[];
  readonly onAccepted?: (id: DestinationId, event: AcceptedEvent) => void;
}

/** The whole drain on this machine, in front of which faults are played. */
export interface Stage {
  readonly twin: Twin;
  /** A folder of this stage's own. */
  readonly dir: string;
  /** In every line that agents write. */
  readonly marker: string;
  readonly agent: (options: AgentOptions) => Agent;
  /** Resolves when the mappings have settled all that was put so far. */
  readonly settled: () => Promise<void>;
  /** From now on, the time to recover runs. */
  readonly faultEnds: () => void;
  /** Measures the same steps in front of `cat`, for comparison with the agent's. */
  readonly compare: (agent: Agent, steps: readonly Step[]) => Promise<void>;
  /** One scheduled run of the redrive function. */
  readonly redrive: () => Promise<void>;
  /** As an operator does once all is fixed: runs redrive until nothing is parked. */
  readonly redriveAll: () => Promise<void>;
  /** What was rejected is sent once more, as the operator may ask for. */
  readonly redriveRejected: () => Promise<void>;
  /** Another account of a service; what it takes is counted as what the first one takes. */
  readonly receiver: (id: DestinationId) => Promise<Receiver>;
  readonly drain: (id: DestinationId) => TwinDrain;
  /** The first account of a service. */
  readonly account: (id: DestinationId) => Receiver;
  /** A hostile party before an account. */
  readonly front: (receiver: Receiver) => Promise<Front>;
  /** Stores an agent's settings; `default`: all agents'. */
  readonly store: (agentId: string, id: DestinationId, settings: Readonly<Record<string, string>>) => void;
  /** Counts lines that a row writes by itself, on stdout. */
  readonly wrote: (workerId: string, chunk: Buffer) => void;
  /** Lines that went with processes which the row has killed. */
  readonly killed: (lines: number) => void;
  /** Lines that were counted as `Unconfirmed`: so many may be lost. */
  readonly unconfirmed: (lines: number) => void;
  /** A figure that was measured beside, in a sentence. */
  readonly remark: (text: string) => void;
  /** All that functions and shippers have said so far. */
  readonly output: () => string;
}

const PROGRAMS = new URL('../programs/', import.meta.url).pathname;
/** Between two runs while something stays parked: a breaker or a pause may still hold it. */
const REDRIVE_EVERY_MS = 500;
/** A stream that takes everything, as the service's does: puts do not wait for functions. */
export const STREAM_BYTES = 1024 ** 3;
const PROGRAM = resolve('dist', 'log-drain.mjs');

/** Sets the stage, has the row acted out to its end, strikes the stage and counts. */
export async function onStage(options: StageOptions, act: (stage: Stage) => Promise<void>): Promise<Outcome> {
  const workshop = await openWorkshop(resolve('dist'), PROGRAMS);
  try {
    return await play(options, workshop, act);
  } finally {
    await workshop.close();
  }
}

async function play(
  options: StageOptions,
  workshop: Workshop,
  act: (stage: Stage) => Promise<void>,
): Promise<Outcome> {
  const { destinations = ['datadog'], onAccepted, ...rest } = options;
  const marker = `mark${Math.random().toString(36).slice(2, 10)}`;
  const output: string[] = [];
  const tally = createTally(destinations);
  const times = { faultEndedAt: undefined as number | undefined, lastAcceptedAt: 0 };
  const accepted = (id: DestinationId, event: AcceptedEvent): void => {
    times.lastAcceptedAt = performance.now();
    tally.accepted(id, event);
    onAccepted?.(id, event);
  };
  const twin = await startTwin({
    places: destinations.map((id) => ({ id, kind: 'receiver' })),
    shards: 1,
    faults: {},
    limits: { retainedBytes: STREAM_BYTES },
    openStream: true,
    ...rest,
    // Most rows have one agent, which holds up nobody.
    environment: { ISOLATION_LIMIT_SECONDS: STALL_LIMIT_SECONDS, ...rest.environment },
    distDir: resolve('dist'),
    onAccepted: accepted,
    onFunctionLog: (id, line) => output.push(`${id}: ${line}`),
  });
  const events: string[] = [];
  const onEvent = (worker: string, text: string): void => {
    events.push(text);
    tally.event(worker, text);
  };
  const watch = watchStream(twin.kinesis.stream, { onEvent, onPiece: tally.piece });
  const memory = watchMemory();
  const agents: Agent[] = [];
  const receivers: Receiver[] = [];
  const fronts: Front[] = [];
  const told = { killed: 0, parked: 0, unconfirmed: 0, writingMs: undefined as Outcome['writingMs'] };
  const remarks: string[] = [];
  let redrive: LocalRedrive | undefined;
  const runRedrive = async (request: object = {}): Promise<void> => {
    told.parked = Math.max(told.parked, linesParked(twin));
    const onLine = (line: string): number => output.push(`redrive: ${line}`);
    redrive ??= await startLocalRedrive({
      drains: twin.drains,
      env: twin.environment,
      onStdout: onLine,
      onStderr: onLine,
    });
    const result = await redrive.invoke(request);
    if (result.kind !== 'result') throw new Error(`redrive ended with ${JSON.stringify(result)}`);
  };
  const stage: Stage = {
    twin,
    dir: workshop.dir,
    marker,
    agent: (agentOptions) => {
      const dir = join(workshop.dir, `agent-${agents.length}`);
      mkdirSync(dir);
      const agent = startAgent(agentOptions, {
        program: PROGRAM,
        writer: workshop.program('writer'),
        dir,
        marker,
        streamName: twin.kinesis.streamName,
        kinesisEndpoint: twin.kinesis.endpoint,
        onMessage: (text) => output.push(text),
      });
      agents.push(agent);
      if (agentOptions.isRepeat !== true) countWritten(tally, agent);
      return agent;
    },
    settled: () => twin.drained(),
    faultEnds: () => {
      times.faultEndedAt = performance.now();
    },
    compare: async (agent, steps) => {
      const alone = await writeToCat({ marker, name: agent.workerId, steps }, workshop);
      const shipped = agent.writingMs();
      if (shipped !== undefined && alone !== undefined) told.writingMs = { shipped, alone };
    },
    redrive: () => runRedrive(),
    redriveAll: async () => {
      const isParked = (): boolean =>
        ['parked/', 'parked-later/', 'aws/'].some((prefix) => twin.parked(prefix).length > 0);
      await runRedrive({ now: true });
      while (isParked()) {
        await wait(REDRIVE_EVERY_MS);
        await runRedrive({ now: true });
      }
    },
    redriveRejected: () => runRedrive({ now: true, rejected: true }),
    receiver: async (id) => {
      const receiver = await RECEIVERS[id].start((event) => accepted(id, event));
      receivers.push(receiver);
      return receiver;
    },
    drain: (id) => {
      const found = twin.drains.find((drain) => drain.id === id);
      if (found === undefined) throw new Error(`the stage has no ${id}`);
      return found;
    },
    account: (id) => {
      const { receiver } = stage.drain(id);
      if (receiver === undefined) throw new Error(`${id} has no receiver`);
      return receiver;
    },
    front: async (receiver) => {
      const front = await startFront(receiver);
      fronts.push(front);
      return front;
    },
    store: (agentId, id, settings) =>
      twin.secrets.set(`log-drain/${agentId}/${id}`, JSON.stringify(settings)),
    wrote: (workerId, chunk) => tally.output(workerId, 'stdout', chunk),
    unconfirmed: (lines) => {
      told.unconfirmed += lines;
    },
    killed: (lines) => {
      told.killed += lines;
    },
    remark: (text) => remarks.push(text),
    output: () => output.join('\n'),
  };
  try {
    await act(stage);
  } finally {
    await Promise.all(agents.map(endAgent));
    await redrive?.close();
    watch.drain();
    watch.close();
    await twin.close();
    await Promise.all([...receivers, ...fronts].map((one) => one.close()));
  }
  for (const drain of twin.drains) {
    for (const line of linesSetAside(drain, twin.parked)) tally.setAside(drain.id, line);
  }
  const recoveryMs =
    times.faultEndedAt === undefined ? undefined : Math.max(0, times.lastAcceptedAt - times.faultEndedAt);
  return {
    ...accountOf({
      twin,
      tally,
      agents,
      events,
      marker,
      killed: told.killed,
      unconfirmed: told.unconfirmed,
      parked: Math.max(told.parked, linesParked(twin)),
      output: output.join('\n'),
      secrets: receivers.flatMap(({ id, settings }) => secretsOf(id, settings)),
    }),
    writingMs: told.writingMs,
    recoveryMs,
    remarks,
    peakBytes: memory.end(),
  };
}

/** By force, if need be; what its sender puts aside then is written before the folder goes. */
async function endAgent({ shipper, ended }: Agent): Promise<void> {
  const senders = sendersOf(shipper.pid ?? 0);
  shipper.kill('SIGKILL');
  await ended;
  await until(() => !senders.some((sender) => commandOf(sender) !== ''));
}

/** All that the agent is going to write, told beforehand. */
function countWritten(tally: Tally, agent: Agent): void {
  for (const { stream, chunk } of agent.writes()) tally.output(agent.workerId, stream, chunk);
  tally.end(agent.workerId);
}

/** How long the same writes take in front of `cat`, ms. */
async function writeToCat(
  plan: Parameters<typeof writingAgent>[0],
  workshop: Workshop,
): Promise<number | undefined> {
  const dir = join(workshop.dir, 'alone');
  mkdirSync(dir, { recursive: true });
  const { command, writingMs } = writingAgent(plan, workshop.program('writer'), dir);
  const shell = spawn('sh', ['-c', '"$@" 2>&1 | cat >/dev/null', 'sh', ...command], { stdio: 'ignore' });
  await once(shell, 'exit');
  return writingMs();
}
