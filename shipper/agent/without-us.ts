import { spawnSync } from 'node:child_process';
import type { Clock } from '../../shared/base/clock.ts';
import { execveOf } from '../base/execve.ts';
import { sayOwnLine } from '../base/own-line.ts';
import { findProgram, isLoadable } from '../base/program-file.ts';
import { givenEnvironment, restoring } from '../launcher/start.ts';
import { endOf, exitCode } from './agent-end.ts';
import { notStarted } from './not-started.ts';
import { openSignalRoute } from './signal-route.ts';
import { type HeldSignals, type PassedSignal, withoutRepeats } from './signals.ts';
import { spawned } from './spawned.ts';

export interface WithoutUs {
  readonly command: readonly [string, ...string[]];
  /** Ours, in which the launcher may have put things aside. */
  readonly given: NodeJS.ProcessEnv;
  readonly signals: HeldSignals;
  readonly clock: Pick<Clock, 'after' | 'monotonic' | 'sleep'>;
}

/**
 * Runs a command as if we were not there. Where Node can, it takes the place of this process; else it is a child with
 * our own descriptors, gets the signals that we get, and the promise resolves to its exit code, which is 128 + n if
 * signal n killed it.
 */
export async function runWithoutUs({ command, given, signals, clock }: WithoutUs): Promise<number> {
  const early: PassedSignal[] = [];
  signals.attach((signal) => early.push(signal));
  const replace = replacement(command, given);
  // We hear of a signal that has come by now before the second timer goes off. Replaced, we would lose it.
  for (const _ of ['before', 'after']) await new Promise<void>((resolve) => clock.after(0, resolve));
  if (early.length === 0) replace?.();
  return runAsChild({ command, given, clock, signals }, early);
}

/** Which Node ignores; what ignores a signal hands that on to what takes its place. */
const IGNORED_BY_NODE = '--default-signal=PIPE,XFSZ';

/** Undefined where a child is the better way, which can tell what is wrong: a program that is not sure to be loaded. */
function replacement(command: WithoutUs['command'], given: NodeJS.ProcessEnv): (() => void) | undefined {
  const execve = execveOf(process);
  const env = givenEnvironment(given);
  if (findProgram(command[0], env['PATH']) === undefined) return undefined;
  const { file, args } = restoring(command, given);
  const path = findProgram(file, env['PATH']);
  if (execve === undefined || path === undefined || !isLoadable(path, process.execPath)) return undefined;
  const resetter = signalResetter(env);
  if (resetter === undefined) return () => execve(path, [file, ...args], env);
  // It would take such a name for a variable.
  if (file.includes('=')) return undefined;
  return () => execve(resetter, ['env', IGNORED_BY_NODE, '--', file, ...args], env);
}

/** GNU's env(1), from coreutils 8.31 on. Others have no such option: Alpine's, for one. */
function signalResetter(env: NodeJS.ProcessEnv): string | undefined {
  const path = findProgram('env', env['PATH']);
  if (path === undefined || !isLoadable(path, process.execPath)) return undefined;
  const { status } = spawnSync(path, [IGNORED_BY_NODE, '--version'], { stdio: 'ignore' });
  return status === 0 ? path : undefined;
}

async function runAsChild(
  { command, given, signals, clock }: WithoutUs,
  early: readonly PassedSignal[],
): Promise<number> {
  const env = givenEnvironment(given);
  const attempt = await spawned(restoring(command, given), env, ['inherit', 'inherit']);
  if (attempt.kind === 'failed') {
    const { advice, code } = notStarted(attempt.error, command[0], env);
    sayOwnLine(advice);
    return code;
  }
  const { child } = attempt;
  const send = (signal: PassedSignal): void => void child.kill(signal);
  const route = openSignalRoute({ pid: child.pid, words: command, send, clock });
  // What came before it was there has not reached it.
  for (const signal of early) send(signal);
  signals.attach(withoutRepeats(route.pass, clock));
  const end = await endOf(child);
  route.end();
  return exitCode(end);
}
