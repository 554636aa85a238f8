import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { needs } from './needed.ts';

/** Programs that tests run, and the Debian package of each. */
const PACKAGES = {
  python3: 'python3',
  dash: 'dash',
  busybox: 'busybox',
  'dumb-init': 'dumb-init',
  tini: 'tini',
  tmux: 'tmux',
  script: 'bsdutils',
  setsid: 'util-linux',
} as const;

const folders = (process.env['PATH'] ?? '').split(delimiter);

/** For the top of a describe: without these programs its tests fail in CI and are skipped elsewhere. */
export function needsPrograms(...names: readonly (keyof typeof PACKAGES)[]): void {
  const missing = names.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  const packages = missing.map((name) => PACKAGES[name]).join(' ');
  const why = `${missing.join(', ')} not found in PATH, which these tests start: apt-get install ${packages}`;
  needs(missing.length === 0 ? undefined : why);
}
