import { cpSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const WHOLE = 'sender-whole.mjs';
/** The sender's environment holds nothing by which Node itself would load a module first. */
const VARIABLE = 'SENDER_PRELOAD';

/**
 * Has the sender beside a built command load the module at `path` before anything else; returns the environment for
 * that. All further starts of the command are as before.
 */
export function preloadSender(entry: string, path: string): Readonly<Record<string, string>> {
  const dir = dirname(entry);
  if (!existsSync(join(dir, WHOLE))) {
    renameSync(join(dir, 'sender.mjs'), join(dir, WHOLE));
    writeFileSync(
      join(dir, 'sender.mjs'),
      `if (process.env.${VARIABLE}) await import(process.env.${VARIABLE}); await import('./${WHOLE}');`,
    );
  }
  return { [VARIABLE]: path };
}

/** Copies a built command into a folder, whose sender may be changed; returns its entry. */
export function copyOfCli(entry: string, dir: string): string {
  const dist = dirname(entry);
  cpSync(dist, dir, { recursive: true, filter: (source) => relative(dist, source) !== 'lambdas' });
  return join(dir, 'log-drain.mjs');
}
