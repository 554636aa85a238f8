import { bucketOf } from '../base/deployment.ts';
import { ageText, counted, type Output, safeText, sizeText, table } from '../base/output.ts';
import { KINDS } from './kinds.ts';
import { type AsideObject, asideObjects, MAX_LISTED } from './objects.ts';
import type { ListOptions } from './options.ts';

/** `log-drain parked list`: oldest first. Resolves to the exit code. */
export async function listParked(options: ListOptions, { stdout, stderr }: Output): Promise<number> {
  const nowMs = Date.now();
  const { destination, agent, sinceMs, kind, limit } = options;
  const wanted = { kinds: kind === undefined ? KINDS : [kind], destination, agent, sinceMs };
  const bucket = await bucketOf(options);
  let shown: AsideObject[] = [];
  let [total, bytes] = [0, 0];
  const trim = (): void => {
    shown = shown.sort((a, b) => a.arrivedMs - b.arrivedMs).slice(0, limit);
  };
  for await (const object of asideObjects(bucket, wanted)) {
    total += 1;
    bytes += object.bytes;
    shown.push(object);
    if (shown.length >= 2 * limit) trim();
  }
  trim();
  if (options.json) {
    stdout.write(`${safeText(JSON.stringify({ bucket, total, bytes, objects: shown }))}\n`);
    return 0;
  }
  if (total === 0) {
    stdout.write('Nothing is parked.\n');
    return 0;
  }
  const rows = shown.map((object) => rowOf(object, nowMs));
  stdout.write(table([['AGE', 'SIZE', 'KIND', 'DESTINATION', 'AGENT', 'KEY'], ...rows]));
  const atLeast = total >= MAX_LISTED ? 'At least ' : '';
  const more = total > shown.length ? `, the oldest ${shown.length} are shown (--limit)` : '';
  stderr.write(`${atLeast}${counted(total, 'object')}, ${sizeText(bytes)}${more}.\n`);
  return 0;
}

function rowOf({ kind, key, bytes, destination, agent, arrivedMs }: AsideObject, nowMs: number): string[] {
  return [ageText(nowMs - arrivedMs), sizeText(bytes), kind, destination ?? '', agent ?? '', safeText(key)];
}
