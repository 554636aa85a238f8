import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isatty } from 'node:tty';
import { type Clock, systemClock } from '../shared/base/clock.ts';
import { type HeldSignals, withoutRepeats } from './agent/signals.ts';
import type { Logger } from './base/logger.ts';
import { sayOwnLine } from './base/own-line.ts';
import { createBudget } from './base/patience.ts';
import { discardInput } from './input/discard-input.ts';
import { openStdin } from './input/stdin.ts';
import { agentEnvironment, restoring } from './launcher/start.ts';
import { undoAgentSettings } from './launcher/undo.ts';
import type { Route } from './open-pipeline.ts';
import { boundsWithin, memoryLimitBytes } from './options/bounds.ts';
import type { ShipperCommand } from './options/options.ts';
import { readSettings, type Settings } from './options/settings.ts';
import { openOutputs } from './outputs.ts';
import { runAgent } from './run.ts';
import type { RunContext, RunEnd } from './run-context.ts';
import { shipSource } from './ship.ts';
import { summarize, writeSummary } from './summary.ts';

/** For our own last messages; the copies were waited for before. */
const LAST_WORDS_MS = 250;

export interface ShipperStart {
  readonly command: ShipperCommand;
  /** What follows the command on the command line. */
  readonly argv: readonly string[];
  readonly signals: HeldSignals;
  /** Path of the sender's program. */
  readonly senderPath: string;
}

export type ShipperEnd =
  | { readonly kind: 'ended'; readonly exitCode: number }
  | { readonly kind: 'help' }
  /** Bad usage, and one line on how to correct it. */
  | { readonly kind: 'usage'; readonly problem: string };

/** Runs `run` or `ship` to its end. Imports only Node's core: this process holds the agent's pipes. */
export async function startShipper({
  command,
  argv,
  signals,
  senderPath,
}: ShipperStart): Promise<ShipperEnd> {
  const settings = readSettings({
    command,
    argv,
    env: process.env,
    hostname: hostname(),
    // Loading this module takes longer than all the rest here, and most workers have a name without it.
    randomSuffix: () => process.getBuiltinModule('node:crypto').randomBytes(3).toString('hex'),
    readText,
  });
  if (settings.kind === 'help' || settings.kind === 'usage') return settings;
  if (command === 'ship' && isatty(0))
    return usage('ship reads stdin, which is a terminal: pipe the lines into it');
  if (settings.kind === 'without-us') return leaveOut(settings, signals);

  const { options } = settings;
  const route: Route = { ...settings, senderPath };
  const clock = systemClock;
  const bounds = boundsWithin(memoryLimitBytes());
  // One budget for all that the agent may be made to wait for.
  const budget = createBudget(options.maxWaitMs, clock);
  const outputs = openOutputs(options, { copyBytes: bounds.copyBytes, readerBudget: budget }, clock);
  const { log } = outputs;
  stayAlive(log);
  for (const note of settings.notes) log(note, note);
  const context: RunContext = {
    options,
    agent: settings,
    ...outputs,
    clock,
    onSignal: (listener) => signals.attach(withoutRepeats(listener, clock)),
    openPipeline: async (onFull) => {
      const { openPipeline } = await import('./open-pipeline.ts');
      return openPipeline({ options, log, clock }, route, {
        env: settings.env,
        bounds,
        networkPatience: budget,
        onFull,
      });
    },
  };
  const end = await begin(context);
  process.exitCode = end.exitCode;
  end.pipeline.stop();
  report(context, end);
  await Promise.race([
    Promise.all([outputs.stdout.flushed(), outputs.stderr.flushed()]),
    unrefSleep(clock, LAST_WORDS_MS),
  ]);
  outputs.release();
  return { kind: 'ended', exitCode: end.exitCode };
}

/** Resolves after `ms`, unless the process has nothing else to do before. */
function unrefSleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve).unref());
}

async function begin(context: RunContext): Promise<RunEnd> {
  const { command, agentEnv } = context.options;
  const [file, ...args] = command;
  if (file === undefined) {
    const stdin = openStdin(context.clock);
    const end = await shipSource(context, stdin.source);
    stdin.release();
    return end;
  }
  // Without this Python buffers whole blocks of output to a pipe, and loses them when it is killed.
  const given = agentEnvironment(process.env);
  const env = agentEnv ? { PYTHONUNBUFFERED: '1', ...given } : given;
  const started = restoring([file, ...args], process.env);
  undoAgentSettings(process.env);
  return runAgent(context, { command: [file, ...args], env, started });
}

/** Runs the command as if we were not there; for `ship`, which has none, stdin goes nowhere. */
async function leaveOut(
  { command: [file, ...args], note }: Extract<Settings, { readonly kind: 'without-us' }>,
  signals: HeldSignals,
): Promise<ShipperEnd> {
  if (note !== undefined) sayOwnLine(note);
  if (file === undefined) {
    signals.release();
    await discardInput(systemClock);
    return { kind: 'ended', exitCode: 0 };
  }
  const { runWithoutUs } = await import('./agent/without-us.ts');
  const { env: given } = process;
  const exitCode = await runWithoutUs({ command: [file, ...args], given, signals, clock: systemClock });
  return { kind: 'ended', exitCode };
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

/** The agent dies with the reader of its pipes, so an error in our own code must not end this process. */
function stayAlive(log: Logger): void {
  const onError = (error: unknown): void => {
    log('internal error', `internal error (${error instanceof Error ? error.name : typeof error}), going on`);
  };
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
}

function report(context: RunContext, end: RunEnd): void {
  const { summaryFile } = context.options;
  if (summaryFile === undefined) return;
  const failure = writeSummary(summaryFile, summarize(end));
  if (failure !== undefined) context.log('summary', `cannot write the summary file: ${failure}`);
}
