import { residentBytes } from '../stage/processes.ts';

/** One process's memory over its life. */
export interface Slope {
  readonly name: string;
  /** How long it was watched, without its first quarter, in which it fills its caches. */
  readonly seconds: number;
  /** Resident, at the beginning and the end of that time, by the line of least squares. */
  readonly fromBytes: number;
  readonly toBytes: number;
  readonly bytesPerHour: number;
}

export interface MemorySlopes {
  /** Looks at processes, by name; those of one name may follow one another. */
  readonly sample: (pids: Readonly<Record<string, number | undefined>>) => void;
  /** Of each name, that of the process which lived longest. */
  readonly slopes: () => readonly Slope[];
}

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** `now` in ms, from any beginning. */
export function createMemorySlopes(now: () => number, bytesOf = residentBytes): MemorySlopes {
  const lives = new Map<string, Map<number, Sample[]>>();
  return {
    sample: (pids) => {
      for (const [name, pid] of Object.entries(pids)) {
        const bytes = pid === undefined ? 0 : bytesOf(pid);
        if (pid === undefined || bytes === 0) continue;
        const ofName = lives.get(name) ?? new Map<number, Sample[]>();
        lives.set(name, ofName.set(pid, [...(ofName.get(pid) ?? []), { atMs: now(), bytes }]));
      }
    },
    slopes: () =>
      [...lives].flatMap(([name, ofName]) => {
        const longest = [...ofName.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
        const settled = longest.slice(Math.floor(longest.length / 4));
        return settled.length < 2 ? [] : [slopeOf(name, settled)];
      }),
  };
}

/** By least squares. */
function slopeOf(name: string, samples: readonly Sample[]): Slope {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [meanMs, meanBytes] = [mean(({ atMs }) => atMs), mean(({ bytes }) => bytes)];
  const covariance = mean(({ atMs, bytes }) => (atMs - meanMs) * (bytes - meanBytes));
  const bytesPerMs = covariance / mean(({ atMs }) => (atMs - meanMs) ** 2);
  const at = (ms: number): number => meanBytes + bytesPerMs * (ms - meanMs);
  const [fromMs, toMs] = [samples[0]?.atMs ?? 0, samples.at(-1)?.atMs ?? 0];
  return {
    name,
    seconds: (toMs - fromMs) / 1000,
    fromBytes: at(fromMs),
    toBytes: at(toMs),
    bytesPerHour: bytesPerMs * 3_600_000,
  };
}
