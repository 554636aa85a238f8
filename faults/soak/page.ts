import { cpus } from 'node:os';
import type { SoakOptions, SoakResult } from './soak.ts';

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** The soak's section of the page. */
export function soakSection(
  { seconds, seed }: Pick<SoakOptions, 'seconds' | 'seed'>,
  { outcome, troubles, slopes }: SoakResult,
): string {
  const { written, delivered, duplicates, parked, dropped, unaccounted } = outcome;
  const met = Object.entries(troubles).sort(([a], [b]) => (a < b ? -1 : 1));
  const times = met.reduce((sum, [, count]) => sum + count, 0);
  const date = new Date().toISOString().slice(0, 10);
  return [
    `${(seconds / 60).toFixed(1)} minutes with seed ${seed}, on ${date} with Node ${process.version} on ${cpus().length} cores: ` +
      `${whole(written)} lines written, ${whole(delivered)} delivered, ${whole(duplicates)} of them twice, ` +
      `${whole(parked)} parked at the height, ${whole(dropped)} announced as dropped, **${whole(unaccounted)} unaccounted**.`,
    `${times} troubles: ${met.map(([name, count]) => `${name} (${count})`).join(', ')}.`,
    [
      '| process | watched | resident memory, MB | slope, MB/h |',
      '| --- | ---: | ---: | ---: |',
      ...slopes.map(
        ({ name, seconds: watched, fromBytes, toBytes, bytesPerHour }) =>
          `| ${name} | ${(watched / 60).toFixed(1)} min | ${megabytes(fromBytes)} → ${megabytes(toBytes)} | ${megabytes(bytesPerHour)} |`,
      ),
    ].join('\n'),
  ].join('\n\n');
}
