import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { findAgentId, findWorkerId } from './identity.ts';
import type { Job, JobEnd } from './job.ts';
import type { Say } from './notices.ts';
import { parseShipperOptions, type ShipperCommand, type ShipperOptions } from './options.ts';
import { openOutputs } from './outputs.ts';
import type { Source } from './packer.ts';
import { createPipeline } from './pipeline.ts';
import { runAgent } from './run.ts';
import type { SpoolTask, StreamAddress } from './sender/messages.ts';
import { spoolFolderName } from './sender/spool-folder.ts';
import { senderEnvironment } from './sender-environment.ts';
import { shipInput } from './ship.ts';
import type { HeldSignals } from './signals.ts';
import { parseStreamAddress } from './stream-address.ts';
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

  const { source, stream } = identity;
  const outputs = openOutputs(options);
  const { say } = outputs;
  stayAlive(say);
  const spool = spoolTask(options, source);
  const sender = { path: senderPath, env: senderEnvironment(process.env) };
  const job: Job = {
    options,
    ...outputs,
    onSignal: signals.attach,
    createPipeline: (onFull) => createPipeline({ ...options, source, stream, sender, spool, say, onFull }),
  };
  const end = await begin(job, terminal);
  end.pipeline.stop();
  report({ job, source, end });
  await Promise.race([
    Promise.all([outputs.stdout.flushed(), outputs.stderr.flushed()]),
    sleep(options.drainTimeoutMs, undefined, { ref: false }),
  ]);
  return { kind: 'ended', exitCode: end.exitCode };
}

function begin(job: Job, terminal: boolean): Promise<JobEnd> {
  const { command, agentEnv } = job.options;
  const [file, ...args] = command;
  if (file === undefined) return shipInput(job, process.stdin);
  // Python buffers whole blocks of output into a pipe otherwise, and loses them when it is killed.
  const { PYTHONUNBUFFERED = '1' } = process.env;
  const env = agentEnv ? { ...process.env, PYTHONUNBUFFERED } : process.env;
  return runAgent(job, { command: [file, ...args], env, terminal });
}

type Identity =
  | { readonly kind: 'known'; readonly source: Source; readonly stream: StreamAddress }
  | { readonly kind: 'usage'; readonly problem: string };

function identify({ agentId, workerId, config, stream: given }: ShipperOptions): Identity {
  const { env } = process;
  const agent = findAgentId({ option: agentId, env, readToml: () => readText(config) });
  if (agent.kind === 'problem') return usage(agent.problem);
  const randomSuffix = randomBytes(3).toString('hex');
  const worker = findWorkerId({ option: workerId, env, hostname: hostname(), randomSuffix });
  if (worker.kind === 'problem') return usage(worker.problem);
  if (given === undefined || given === '') {
    return usage('no Kinesis stream: set --stream or LOG_DRAIN_STREAM to its name or ARN');
  }
  const stream = parseStreamAddress(given);
  if (stream === undefined) return usage(`"${given}" is neither the name nor the ARN of a Kinesis stream`);
  const boot = randomBytes(9).toString('base64url');
  return { kind: 'known', source: { agentId: agent.value, workerId: worker.value, boot }, stream };
}

function spoolTask({ spool, spoolBytes, whenFull }: ShipperOptions, { boot }: Source): SpoolTask | undefined {
  if (spool === undefined) return undefined;
  const folder = spoolFolderName(Date.now(), boot);
  return { dir: resolve(spool), folder, maxBytes: spoolBytes, dropWhenFull: whenFull === 'drop' };
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

function report({ job, source, end }: { job: Job; source: Source; end: JobEnd }): void {
  const { summaryFile } = job.options;
  if (summaryFile === undefined) return;
  const failure = writeSummary(summaryFile, summarize(source, end));
  if (failure !== undefined) job.say('summary', `cannot write the summary file: ${failure}`);
}
