import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';

/** proc_pid_stat(5): times are in clock ticks, of which Linux shows 100 a second to programs; memory in pages. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
const SAMPLE_EVERY_MS = 10;

/** What a process and all that it started have used. */
export interface TreeUsage {
  readonly wallMs: number;
  /** User and system time of every process of the tree. */
  readonly cpuMs: number;
  /** Largest sum of what the Node processes of the tree held at one time, resident. */
  readonly peakRssBytes: number;
}

interface Sample {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/**
 * Runs a command to its end, its processes watched through /proc. The sum of children that Linux keeps
 * (`cutime`) would leave out those that were not waited for, such as a sender that is killed at the very end.
 * Throws if the command fails.
 */
export async function measureTree(
  command: readonly [string, ...string[]],
  options: Pick<SpawnOptions, 'env' | 'cwd'> = {},
): Promise<TreeUsage> {
  const [file, ...args] = command;
  const started = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  const words = keepWords(child);
  const watch = watchTree(child);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  const wallMs = performance.now() - started;
  const usage = watch.end();
  if (code !== 0) throw new Error(`${file} ended with ${signal ?? code}: ${words()}`);
  return { wallMs, ...usage };
}

function keepWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2_000);
  });
  return () => words;
}

/** Watches a process that is running already and what it starts, until `end`. */
function watchTree(child: ChildProcess): { readonly end: () => Omit<TreeUsage, 'wallMs'> } {
  const cpuMs = new Map<number, number>();
  let peakRssBytes = 0;
  const sample = (): void => {
    let rssBytes = 0;
    for (const pid of treeOf(child.pid ?? -1)) {
      const seen = readStat(pid);
      if (seen === undefined) continue;
      cpuMs.set(pid, seen.cpuMs);
      if (isNode(pid)) rssBytes += seen.rssBytes;
    }
    peakRssBytes = Math.max(peakRssBytes, rssBytes);
  };
  sample();
  const timer = setInterval(sample, SAMPLE_EVERY_MS);
  return {
    end: () => {
      clearInterval(timer);
      return { cpuMs: [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0), peakRssBytes };
    },
  };
}

/** What the Node processes of a tree hold now, resident. */
export function residentBytes(pid: number): number {
  return treeOf(pid)
    .filter(isNode)
    .reduce((sum, member) => sum + (readStat(member)?.rssBytes ?? 0), 0);
}

function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

function childrenOf(pid: number): number[] {
  const text = readText(`/proc/${pid}/task/${pid}/children`) ?? '';
  return text.split(' ').filter(Boolean).map(Number);
}

function readStat(pid: number): Sample | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // Behind the name, which may hold anything: state is field 3, utime 14, stime 15, rss 24.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return { cpuMs: ((field(14) + field(15)) * 1000) / TICKS_PER_SECOND, rssBytes: field(24) * PAGE_BYTES };
}

function isNode(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === process.execPath;
  } catch {
    return false;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
