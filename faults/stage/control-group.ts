import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MOUNT = '/sys/fs/cgroup';

/** Processes that share a limit of memory, as those of a container do. */
export interface ControlGroup {
  /** Put before a command, starts it within the group, in the place of the shell that does so. */
  readonly start: readonly string[];
  /** The most memory that they had at once, in bytes. */
  readonly peakBytes: () => number;
  /** How many of them the kernel has killed for lack of memory. */
  readonly killed: () => number;
  /** To be called when none of them is left. */
  readonly close: () => void;
}

interface Files {
  readonly limit: string;
  readonly peak: string;
  readonly events: string;
}

/** docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/memory.html */
const V2: Files = { limit: 'memory.max', peak: 'memory.peak', events: 'memory.events' };
const V1: Files = {
  limit: 'memory.limit_in_bytes',
  peak: 'memory.max_usage_in_bytes',
  events: 'memory.oom_control',
};

/** Why no group can be made here, in words that say what helps; undefined if one can. */
export function lacksControlGroups(): string | undefined {
  try {
    openControlGroup(1024 ** 3).close();
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    return `no control group with a limit of memory can be made here (${why}): run as root where ${MOUNT} is writable`;
  }
}

/** Makes a group below our own. Throws where that is not allowed. */
export function openControlGroup(limitBytes: number): ControlGroup {
  const { dir, files } = ownGroup();
  const path = join(dir, `log-drain-${process.pid}-${Math.random().toString(36).slice(2, 8)}`);
  mkdirSync(path);
  try {
    writeFileSync(join(path, files.limit), String(limitBytes));
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  const read = (file: string): string => readFileSync(join(path, file), 'utf8');
  return {
    start: ['sh', '-c', 'echo $$ > "$0" && exec "$@"', join(path, 'cgroup.procs')],
    peakBytes: () => Number(read(files.peak)),
    killed: () => Number(/^oom_kill (\d+)$/m.exec(read(files.events))?.[1] ?? 0),
    close: () => rmdirSync(path),
  };
}

/** The group of this process that has a say on memory: of version 1 if there is one, else of version 2. */
function ownGroup(): { readonly dir: string; readonly files: Files } {
  const groups = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  const own = (controller: string): string | undefined =>
    groups.find((line) => line.split(':')[1] === controller)?.split(':')[2];
  const v1 = own('memory');
  if (v1 !== undefined) return { dir: join(MOUNT, 'memory', v1), files: V1 };
  const dir = join(MOUNT, own('') ?? '/');
  if (!existsSync(join(dir, V2.limit)) && !existsSync(join(dir, 'cgroup.procs')))
    throw new Error('no memory controller');
  return { dir, files: V2 };
}
