import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { NotStarted } from './not-started.ts';

/** How a command ended: with a code, by a signal, or it was never started. */
export type AgentEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  | NotStarted;

/** Resolves when a command that was started has ended. */
export function endOf(child: ChildProcess): Promise<Exclude<AgentEnd, NotStarted>> {
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      resolve(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'killed', signal });
    });
  });
}

/** The exit code that says the same: 128 + n if signal n killed it. */
export function exitCode(end: AgentEnd): number {
  return end.kind === 'killed' ? 128 + (constants.signals[end.signal] ?? 0) : end.code;
}
