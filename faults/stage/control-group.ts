import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './watch.ts';

const MOUNT = '/sys/fs/cgroup';

/** Processes that share a limit, as those of a container do. */
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
  return lacks('memory', () => openControlGroup(1024 ** 3));
}

/** As `lacksControlGroups`, of groups that share a part of a processor. */
export function lacksCpuGroups(): string | undefined {
  return lacks('processor time', () => openCpuGroup(1));
}

function lacks(what: string, open: () => { readonly close: () => void }): string | undefined {
  try {
    open().close();
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    return `no control group with a limit of ${what} can be made here (${why}): run as root where ${MOUNT} is writable`;
  }
}

/** Makes a group below our own. Throws where that is not allowed. */
export function openControlGroup(limitBytes: number): ControlGroup {
  const { dir, isV1 } = ownGroup('memory');
  const files = isV1 ? V1 : V2;
  const { path, ...group } = makeGroup(dir, { [files.limit]: String(limitBytes) });
  const read = (file: string): string => readFileSync(join(path, file), 'utf8');
  return {
    ...group,
    peakBytes: () => Number(read(files.peak)),
    killed: () => Number(/^oom_kill (\d+)$/m.exec(read(files.events))?.[1] ?? 0),
  };
}

const CPU_PERIOD_US = 100_000;

/** Makes a group whose processes have so much of a processor together. Throws where that is not allowed. */
export function openCpuGroup(cpus: number): Pick<ControlGroup, 'start' | 'close'> {
  const { dir, isV1 } = ownGroup('cpu');
  const [quota, period] = [String(cpus * CPU_PERIOD_US), String(CPU_PERIOD_US)];
  const limits = isV1
    ? { 'cpu.cfs_period_us': period, 'cpu.cfs_quota_us': quota }
    : { 'cpu.max': `${quota} ${period}` };
  const { start, close } = makeGroup(dir, limits);
  return { start, close };
}

/** Plays with a group, and closes it as soon as that can be done: a process that has just ended may still be in it. */
export async function playIn<G extends Pick<ControlGroup, 'close'>>(
  group: G,
  play: (group: G) => Promise<void>,
): Promise<void> {
  try {
    await play(group);
  } finally {
    await until(() => closes(group));
  }
}

function closes({ close }: Pick<ControlGroup, 'close'>): boolean {
  try {
    close();
    return true;
  } catch {
    return false;
  }
}

function makeGroup(
  dir: string,
  limits: Readonly<Record<string, string>>,
): Pick<ControlGroup, 'start' | 'close'> & { readonly path: string } {
  const path = join(dir, `log-drain-${process.pid}-${Math.random().toString(36).slice(2, 8)}`);
  mkdirSync(path);
  try {
    for (const [file, limit] of Object.entries(limits)) writeFileSync(join(path, file), limit);
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  return {
    path,
    start: ['sh', '-c', 'echo $$ > "$0" && exec "$@"', join(path, 'cgroup.procs')],
    close: () => rmdirSync(path),
  };
}

/** The group of this process that has a say on something: of version 1 if there is one, else of version 2. */
function ownGroup(controller: string): { readonly dir: string; readonly isV1: boolean } {
  const groups = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  const own = (name: string): string | undefined =>
    groups.find((line) => line.split(':')[1]?.split(',').includes(name))?.split(':')[2];
  const v1 = own(controller);
  if (v1 !== undefined) return { dir: join(MOUNT, controller, v1), isV1: true };
  const dir = join(MOUNT, own('') ?? '/');
  if (!existsSync(join(dir, 'cgroup.procs'))) throw new Error(`no ${controller} controller`);
  return { dir, isV1: false };
}
