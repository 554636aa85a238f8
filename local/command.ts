import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DestinationId } from '../lambdas/registry.ts';
import type { FaultScript } from '../receivers/kit/faults.ts';
import { type AcceptedFiles, createAcceptedFiles } from './accepted-files.ts';
import { startAgentRun } from './agent-run.ts';
import { type LiveView, startLiveView } from './live-view.ts';
import { startTwin, type Twin } from './local-stack.ts';
import { isLossless, type LocalResult, resultOf, tableOf } from './result.ts';
import { linesSetAside } from './set-aside.ts';
import { watchStream } from './stream-watch.ts';
import { createTally } from './tally/tally.ts';
import { type DestinationTarget, planTargets, unknownNames } from './targets.ts';

export interface LocalOptions {
  /** Our own program, `dist/log-drain.mjs`: the shipper, and beside it the functions and the sample agent. */
  readonly program: string;
  /** Empty: the sample agent, until it is stopped. */
  readonly command: readonly string[];
  /** Of `--env`. */
  readonly env: Readonly<Record<string, string>>;
  readonly faults: FaultScript;
  readonly shards: number;
  readonly outDir: string | undefined;
  readonly json: boolean;
}

export interface LocalIo {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Told of each SIGINT and SIGTERM. */
  readonly onStop: (listener: () => void) => void;
  /** A terminal sends its signals to the agent as well. */
  readonly terminal: boolean;
}

const AGENT_ID = 'CA_local';
const WORKER_ID = 'CAW_local';
/** After a stop, what is on its way still gets this long; a command's lines are worth more than the sample agent's. */
const STOP_MS = { command: 10_000, sample: 1_000 };

/** Runs everything on this machine and says what became of each line. Returns the exit code. */
export async function runLocal(options: LocalOptions, io: LocalIo): Promise<number> {
  const say = (text: string): void => void io.stderr.write(`log-drain: ${text}\n`);
  const stopped = stopping(io);
  const places = planTargets(options.env);
  announce(places, options.env, say);
  const watched = places.filter(({ kind }) => kind === 'receiver').map(({ id }) => id);
  const tally = createTally(watched);
  const files = options.outDir === undefined ? undefined : createAcceptedFiles(options.outDir, watched);
  const live = options.command.length > 0 ? undefined : viewOf(watched, io);
  const twin = await startTwin({
    places,
    shards: options.shards,
    faults: options.faults,
    distDir: dirname(options.program),
    onAccepted: (id, event) => {
      tally.accepted(id, event);
      files?.write(id, event);
      live?.accepted(id, event.text);
    },
    onFunctionLog: createFunctionLog(say),
  });
  const events = watchStream(twin.kinesis.stream, tally.event, tally.piece);
  // The terminal has not told an agent that was not there yet.
  const agentIsTold = io.terminal && !stopped.isStopped();
  const agent = startAgentRun({
    program: options.program,
    command: commandOf(options),
    kinesis: twin.kinesis,
    agentId: AGENT_ID,
    workerId: WORKER_ID,
    onOutput: (stream, chunk) => tally.output(WORKER_ID, stream, chunk),
    messages: io.stderr,
    shown: live === undefined,
  });
  if (!agentIsTold) void stopped.once.then(() => agent.signal('SIGTERM'));
  await Promise.race([agent.ended, stopped.twice.then(agent.kill)]);
  tally.end(WORKER_ID);
  const stopMs = STOP_MS[live === undefined ? 'command' : 'sample'];
  await Promise.race([twin.drained(), stopped.once.then(() => wait(stopMs)), stopped.twice]);
  events.drain();
  events.close();
  const result = await conclude({ twin, tally, files, live, say });
  const text = options.json ? `${JSON.stringify(result)}\n` : tableOf(result);
  await new Promise((resolve) => io.stdout.write(text, resolve));
  return isLossless(result) || (live !== undefined && stopped.isStopped()) ? 0 : 1;
}

function commandOf({ program, command }: LocalOptions): readonly string[] {
  return command.length > 0 ? command : [process.execPath, join(dirname(program), 'sample-agent.mjs')];
}

function viewOf(ids: readonly DestinationId[], { stderr }: LocalIo): LiveView {
  const write = (text: string): void => void stderr.write(text);
  return startLiveView({ ids, write, terminal: stderr.isTTY, columns: stderr.columns ?? 120 });
}

/** Which destinations are real is said before the first line is sent. */
function announce(
  places: readonly DestinationTarget[],
  env: LocalOptions['env'],
  say: (text: string) => void,
): void {
  for (const name of unknownNames(env)) say(`${name} is no setting of any destination, and is left out`);
  const real = places.filter(({ kind }) => kind === 'real').map(({ id }) => id);
  const ours = places.filter(({ kind }) => kind === 'receiver').map(({ id }) => id);
  if (real.length > 0) say(`lines go to the real ${real.join(', ')}, with the settings of --env`);
  if (ours.length > 0) say(`local receivers on 127.0.0.1 stand for ${ours.join(', ')}`);
}

interface Stopping {
  readonly once: Promise<void>;
  readonly twice: Promise<void>;
  readonly isStopped: () => boolean;
}

function stopping({ onStop }: LocalIo): Stopping {
  let count = 0;
  let [first, second] = [(): void => undefined, (): void => undefined];
  const once = new Promise<void>((resolve) => (first = resolve));
  const twice = new Promise<void>((resolve) => (second = resolve));
  onStop(() => {
    count += 1;
    if (count > 1) second();
    else first();
  });
  return { once, twice, isStopped: () => count > 0 };
}

/** Functions log structured lines; each kind of trouble is told once. */
function createFunctionLog(say: (text: string) => void): (id: DestinationId, line: string) => void {
  const told = new Set<string>();
  return (id, line) => {
    const words = troubleIn(line);
    if (words === undefined || told.has(`${id} ${words}`)) return;
    told.add(`${id} ${words}`);
    say(`[${id}] ${words}`);
  };
}

function troubleIn(line: string): string | undefined {
  try {
    const { level, message, reason } = JSON.parse(line) as Record<string, unknown>;
    if (level !== 'WARN' && level !== 'ERROR') return undefined;
    return [message, reason].filter((word) => typeof word === 'string').join(': ');
  } catch {
    return undefined;
  }
}

interface Conclusion {
  readonly twin: Twin;
  readonly tally: ReturnType<typeof createTally>;
  readonly files: AcceptedFiles | undefined;
  readonly live: LiveView | undefined;
  readonly say: (text: string) => void;
}

/** Ends everything, then counts: what is accepted while it ends counts too. */
async function conclude({ twin, tally, files, live, say }: Conclusion): Promise<LocalResult> {
  await twin.close();
  live?.stop();
  await files?.close();
  for (const drain of twin.drains) {
    const { id, receiver } = drain;
    for (const line of linesSetAside(drain, twin.parked)) tally.setAside(id, line);
    const violations = receiver?.violations ?? [];
    if (violations.length > 0)
      say(`[${id}] its receiver saw ${violations.length} breaches of contract, first: ${violations[0]}`);
  }
  return resultOf(twin.drains, tally.result());
}
