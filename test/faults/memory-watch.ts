import { readFileSync } from 'node:fs';

const SAMPLE_EVERY_MS = 100;
const PAGE_BYTES = 4096;

export interface MemoryWatch {
  readonly end: () => { readonly shipper: number; readonly function: number };
}

/** Watches the resident memory of all processes that this one has started, by /proc. */
export function watchMemory(): MemoryWatch {
  const peak = { shipper: 0, function: 0 };
  const sample = (): void => {
    for (const pid of childrenOf(process.pid)) {
      const command = textOf(pid, 'cmdline');
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
  const senders = childrenOf(pid).filter((child) => textOf(child, 'cmdline').includes('sender.mjs'));
  return [pid, ...senders].reduce((sum, one) => sum + residentBytes(one), 0);
}

function residentBytes(pid: number): number {
  return Number(textOf(pid, 'statm').split(' ')[1] ?? 0) * PAGE_BYTES;
}

function childrenOf(pid: number): number[] {
  return textOf(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
