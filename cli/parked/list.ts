import { agentOption } from '../base/agent-option.ts';
import { bucketOf, type Place } from '../base/deployment.ts';
import { destinationId } from '../base/destinations.ts';
import { UsageProblem } from '../base/errors.ts';
import { ageText, counted, type Output, safeText, sizeText, table } from '../base/output.ts';
import { sinceOption } from '../base/since-option.ts';
import { type AsideObject, asideObjects, KINDS, type Kind } from './objects.ts';

export interface ParkedListOptions extends Place {
  readonly destination?: string;
  readonly agent?: string;
  readonly since?: string;
  readonly kind?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

const DEFAULT_LIMIT = 100;
/** Objects kept in memory to be sorted by age. */
const MAX_LIMIT = 100_000;

/** `log-drain parked list`: oldest first. Resolves to the exit code. */
export async function listParked(options: ParkedListOptions, { stdout, stderr }: Output): Promise<number> {
  const nowMs = Date.now();
  const wanted = {
    kinds: kindsOf(options.kind),
    destination: options.destination === undefined ? undefined : destinationId(options.destination),
    agent: agentOption(options.agent),
    sinceMs: sinceOption(options.since, nowMs),
  };
  const limit = limitOf(options.limit);
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
  if (options.json === true) {
    stdout.write(`${safeText(JSON.stringify({ bucket, total, bytes, objects: shown }))}\n`);
    return 0;
  }
  if (total === 0) {
    stdout.write('Nothing is parked.\n');
    return 0;
  }
  const rows = shown.map((object) => rowOf(object, nowMs));
  stdout.write(table([['AGE', 'SIZE', 'KIND', 'DESTINATION', 'AGENT', 'KEY'], ...rows]));
  const more = total > shown.length ? `, the oldest ${shown.length} are shown (--limit)` : '';
  stderr.write(`${counted(total, 'object')}, ${sizeText(bytes)}${more}.\n`);
  return 0;
}

function rowOf({ kind, key, bytes, destination, agent, arrivedMs }: AsideObject, nowMs: number): string[] {
  return [ageText(nowMs - arrivedMs), sizeText(bytes), kind, destination ?? '', agent ?? '', safeText(key)];
}

function kindsOf(kind: string | undefined): readonly Kind[] {
  if (kind === undefined) return KINDS;
  const known = KINDS.find((one) => one === kind);
  if (known === undefined)
    throw new UsageProblem(`--kind must be one of ${KINDS.join(', ')} (got "${kind}")`);
  return [known];
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? DEFAULT_LIMIT);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new UsageProblem(`--limit must be a whole number from 1 to ${MAX_LIMIT} (got "${text}")`);
}
