import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach } from 'vitest';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** For `--import`, from any folder. */
export const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
export const run = promisify(execFile);

/** Makes folders for a file's tests, each of which is gone after its test. */
export function useFolders(): () => string {
  const folders: string[] = [];
  afterEach(() => {
    for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
  });
  return () => {
    const made = mkdtempSync(join(tmpdir(), 'log-drain-cdk-'));
    folders.push(made);
    return made;
  };
}
