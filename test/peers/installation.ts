import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needs } from '../helpers/needed.ts';
import type { DaemonKind, Installation } from './daemon-kind.ts';

/** Where .ci/syslog-daemons unpacks them. */
const UNPACKED = fileURLToPath(new URL('../../.ci/syslog', import.meta.url));
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

export function installationOf({ name, program }: DaemonKind): Installation | undefined {
  const root = join(UNPACKED, name);
  const unpacked = join(root, 'usr', 'sbin', program);
  if (existsSync(unpacked)) return { program: unpacked, root };
  const installed = FOLDERS.map((folder) => join(folder, program)).find((path) => existsSync(path));
  return installed === undefined ? undefined : { program: installed, root: undefined };
}

/** For the top of a describe: without the daemon its tests fail in CI and are skipped elsewhere. */
export function needsDaemon(kind: DaemonKind): void {
  const missing = `${kind.name} is not installed: .ci/syslog-daemons gets it on Debian and Ubuntu`;
  needs(installationOf(kind) === undefined ? missing : undefined);
}
