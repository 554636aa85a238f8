import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import type { HeldSignals } from './agent/signals.ts';
import type { Say } from './base/logger.ts';
import { pipeInput, streamInput } from './input/source.ts';
import { isPipeOrSocket } from './input/tee.ts';
import type { Route } from './open-pipeline.ts';
import { findAgentId, findWorkerId } from './options/identity.ts';
import { parseShipperOptions, type ShipperCommand, type ShipperOptions } from './options/options.ts';
import { parseStreamAddress } from './options/stream-address.ts';
import { openOutputs } from './outputs.ts';
import { runAgent } from './run.ts';
import type { Job, JobEnd } from './run-context.ts';
import { shipInput } from './ship.ts';
import { summarize, writeSummary } from './summary.ts';

export interface ShipperStart {
  readonly command: ShipperCommand;
  /** What follows the command on the command line. */
  readonly argv: readonly string[];
  readonly signals: HeldSignals;
  /** The sender's program. */
  readonly senderPath: string;
}

export type ShipperEnd =
  | { readonly kind: 'ended'; readonly exitCode: number }
  | { readonly kind: 'help' }
  /** Bad usage, and one line on how to mend it. */
  | { readonly kind: 'usage'; readonly problem: string };

/** Runs `run` or `ship` to its end. Imports Node's core alone: this process holds the agent's pipes. */
export async function startShipper({
  command,
  argv,
  signals,
  senderPath,
}: ShipperStart): Promise<ShipperEnd> {
  const parsed = parseShipperOptions(command, argv, process.env);
  if (parsed.kind !== 'options') return parsed;
  const { options } = parsed;
  const terminal = isatty(0);
  if (command === 'ship' && terminal)
    return usage('ship reads stdin, which is a terminal: pipe the lines into it');
  const identity = identify(options);
  if (identity.kind === 'usage') return identity;

  const route: Route = { ...identity, senderPath };
  const outputs = openOutputs(options);
  const { say } = outputs;
  stayAlive(say);
  const job: Job = {
    options,
    ...outputs,
    onSignal: signals.attach,
    openPipeline: async (onFull) => {
      const { openPipeline } = await import('./open-pipeline.ts');
      return openPipeline({ options, say }, route, { env: process.env, onFull });
    },
  };
  const end = await begin(job, terminal);
  end.pipeline.stop();
  report(job, end);
  await Promise.race([
    Promise.all([outputs.stdout.flushed(), outputs.stderr.flushed()]),
    sleep(options.drainTimeoutMs, undefined, { ref: false }),
  ]);
  return { kind: 'ended', exitCode: end.exitCode };
}

function begin(job: Job, terminal: boolean): Promise<JobEnd> {
  const { command, agentEnv } = job.options;
  const [file, ...args] = command;
  if (file === undefined)
    return shipInput(job, isPipeOrSocket(0) ? pipeInput(0) : streamInput(process.stdin));
  // Python buffers whole blocks of output into a pipe otherwise, and loses them when it is killed.
  const { PYTHONUNBUFFERED = '1' } = process.env;
  const env = agentEnv ? { ...process.env, PYTHONUNBUFFERED } : process.env;
  return runAgent(job, { command: [file, ...args], env, terminal });
}

type Identity =
  | (Omit<Route, 'senderPath'> & { readonly kind: 'known' })
  | { readonly kind: 'usage'; readonly problem: string };

function identify({ agentId, workerId, config, stream: given }: ShipperOptions): Identity {
  const { env } = process;
  const agent = findAgentId({ option: agentId, env, readToml: () => readText(config) });
  if (agent.kind === 'problem') return usage(agent.problem);
  // Its loading takes longer than all the rest here, and most workers have a name.
  const randomSuffix = (): string => process.getBuiltinModule('node:crypto').randomBytes(3).toString('hex');
  const worker = findWorkerId({ option: workerId, env, hostname: hostname(), randomSuffix });
  if (worker.kind === 'problem') return usage(worker.problem);
  if (given === undefined || given === '') {
    return usage('no Kinesis stream: set --stream or LOG_DRAIN_STREAM to its name or ARN');
  }
  const stream = parseStreamAddress(given);
  if (stream === undefined) return usage(`"${given}" is neither the name nor the ARN of a Kinesis stream`);
  return { kind: 'known', agentId: agent.value, workerId: worker.value, stream };
}

function usage(problem: string): { readonly kind: 'usage'; readonly problem: string } {
  return { kind: 'usage', problem };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The agent dies with the reader of its pipes, so a fault of ours must not end this process. */
function stayAlive(say: Say): void {
  const onFault = (error: unknown): void => {
    say('fault', `internal error (${error instanceof Error ? error.name : typeof error}), going on`);
  };
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);
}

function report(job: Job, end: JobEnd): void {
  const { summaryFile } = job.options;
  if (summaryFile === undefined) return;
  const failure = writeSummary(summaryFile, summarize(end));
  if (failure !== undefined) job.say('summary', `cannot write the summary file: ${failure}`);
}
