import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Loads a bundle and invokes its handler as the Lambda runtime does, with the text of events. */
export interface InvokeTask {
  readonly bundle: string;
  /** Files of events that only warm it up. */
  readonly warm: readonly string[];
  readonly events: readonly string[];
}

export interface Invoked {
  readonly importMs: number;
  readonly wallMs: number;
  /** Of all threads, while the events were handled. */
  readonly cpuMs: number;
  /** Largest resident size since the start. */
  readonly peakRssBytes: number;
  /** Events that were not delivered in full. */
  readonly failures: number;
}

type Handler = (event: unknown, context: object) => Promise<{ batchItemFailures: readonly unknown[] }>;

const REMAINING_MS = 600_000;
const context = { getRemainingTimeInMillis: () => REMAINING_MS };

const [task] = (await once(process, 'message')) as [InvokeTask];
const beforeImport = performance.now();
const { handler } = (await import(pathToFileURL(task.bundle).href)) as { handler: Handler };
const importMs = performance.now() - beforeImport;

/** Not `resourceUsage().maxRSS`, which goes on from the size of the process that started this one. */
function peakRssBytes(): number {
  const [, kib = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kib) * 1024;
}

let failures = 0;
async function invoke(path: string): Promise<void> {
  const report = await handler(JSON.parse(readFileSync(path, 'utf8')), context);
  if (report.batchItemFailures.length > 0) failures += 1;
}

for (const path of task.warm) await invoke(path);
const cpu = process.cpuUsage();
const started = performance.now();
for (const path of task.events) await invoke(path);
const wallMs = performance.now() - started;
const { user, system } = process.cpuUsage(cpu);
const invoked: Invoked = {
  importMs,
  wallMs,
  cpuMs: (user + system) / 1000,
  peakRssBytes: peakRssBytes(),
  failures,
};
process.send?.(invoked, () => process.exit(0));
