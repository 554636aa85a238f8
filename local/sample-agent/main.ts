import { setTimeout as sleep } from 'node:timers/promises';
import { script } from './script.ts';

// A stand-in for a voice agent: a few lines a second until SIGTERM or SIGINT.
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

for (const { stream, text, pauseMs } of script({ now: Date.now, random: Math.random })) {
  process[stream].write(`${text}\n`);
  await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
  if (stop.signal.aborted) break;
}
process.stdout.write('{"message": "worker stopped", "level": "INFO", "name": "sample.agent"}\n');
