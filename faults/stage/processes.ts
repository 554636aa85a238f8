import { readFileSync } from 'node:fs';

const PAGE_BYTES = 4096;

/** The sender processes of a shipper. */
export function sendersOf(shipperPid: number): number[] {
  return childrenOf(shipperPid).filter((child) => commandOf(child).includes('sender.mjs'));
}

/** Resident memory; 0 if the process is gone. */
export function residentBytes(pid: number): number {
  return Number(textOf(pid, 'statm').split(' ')[1] ?? 0) * PAGE_BYTES;
}

export function childrenOf(pid: number): number[] {
  return textOf(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

export function commandOf(pid: number): string {
  return textOf(pid, 'cmdline');
}

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
