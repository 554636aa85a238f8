import { childrenOf, commandOf, residentBytes, sendersOf } from './processes.ts';

const SAMPLE_EVERY_MS = 100;

export interface MemoryWatch {
  readonly end: () => { readonly shipper: number; readonly function: number };
}

/** Watches the resident memory of all processes that this one has started, by /proc. */
export function watchMemory(): MemoryWatch {
  const peak = { shipper: 0, function: 0 };
  const sample = (): void => {
    for (const pid of childrenOf(process.pid)) {
      const command = commandOf(pid);
      if (command.includes('log-drain.mjs')) peak.shipper = Math.max(peak.shipper, shipperBytes(pid));
      if (command.includes('--max-old-space-size'))
        peak.function = Math.max(peak.function, residentBytes(pid));
    }
  };
  sample();
  const timer = setInterval(sample, SAMPLE_EVERY_MS);
  return {
    end: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

/** The shipper and its sender; the agent beside them is not ours. */
function shipperBytes(pid: number): number {
  return [pid, ...sendersOf(pid)].reduce((sum, one) => sum + residentBytes(one), 0);
}
