import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFESTS } from '../../lambdas/registry.ts';
import type { DestinationId } from '../../shared/destination/contract.ts';

/** A reader of `--out` files that shares nothing with how `local` itself counts. */

export type Row = { readonly event: unknown; readonly request: number };

/** One accepted event as its service shows it. */
export interface AcceptedLine {
  readonly agent: unknown;
  readonly worker: unknown;
  readonly stream: unknown;
  readonly text: string;
  /** Epoch ms. */
  readonly timeMs: number;
  readonly seq: number | undefined;
  readonly request: number;
}

export const IDS: readonly DestinationId[] = MANIFESTS.map(({ id }) => id);

/** Services that show lines by time and number; the two others show them as they came. */
export const SORTING: readonly DestinationId[] = ['datadog', 'sentry', 'newrelic', 'splunk'];

type Fields = Readonly<Record<string, unknown>>;
type Read = (event: unknown) => Omit<AcceptedLine, 'request'>;

const FRAME = /^<(\d+)>1 (\S+) (\S+) livekit\.hosted\.agents (\S+) - - (.*)$/s;

function unescaped(text: string): string {
  return text.replaceAll(/#(0[0-3][0-7]|043)/g, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 8)),
  );
}

const READERS: Readonly<Record<DestinationId, Read>> = {
  datadog: (event) => {
    const { ddsource, hostname, stream, message, timestamp, seq } = event as Fields;
    return line({ agent: ddsource, worker: hostname, stream, text: message, timeMs: timestamp, seq });
  },
  newrelic: (event) => {
    const { agentId, workerId, stream, message, timestamp, seq } = event as Fields;
    return line({ agent: agentId, worker: workerId, stream, text: message, timeMs: timestamp, seq });
  },
  splunk: (event) => {
    const { host, time, event: body } = event as Fields & { event: Fields };
    const { agent_id: agent, stream, message, seq } = body;
    return line({ agent, worker: host, stream, text: message, timeMs: Number(time) * 1000, seq });
  },
  sentry: (event) => {
    const { timestamp, body, attributes } = event as Fields & { attributes: Record<string, Fields> };
    const of = (name: string): unknown => attributes[name]?.['value'];
    return line({
      agent: of('agent_id'),
      worker: of('worker_id'),
      stream: undefined,
      text: body,
      timeMs: Number(timestamp) * 1000,
      seq: of('sentry.timestamp.sequence'),
    });
  },
  cloudwatch: (event) => {
    const { logGroupName, logStreamName, timestamp, message } = event as Fields;
    const who = { agent: logGroupName, worker: logStreamName };
    return line({ ...who, stream: undefined, text: message, timeMs: timestamp, seq: undefined });
  },
  syslog: (event) => {
    const [, , time = '', agent, worker, text = ''] = FRAME.exec(String(event)) ?? [];
    const who = { agent, worker, stream: undefined };
    return line({ ...who, text: unescaped(text), timeMs: Date.parse(time), seq: undefined });
  },
};

function line(raw: Readonly<Record<keyof Omit<AcceptedLine, 'request'>, unknown>>): ReturnType<Read> {
  const { text, timeMs, seq } = raw;
  if (typeof text !== 'string') throw new Error('an accepted event has no text');
  if (typeof timeMs !== 'number' || Number.isNaN(timeMs)) throw new Error('an accepted event has no time');
  if (seq !== undefined && typeof seq !== 'number') throw new Error('a number of a line is none');
  return { ...raw, text, timeMs: Math.round(timeMs), seq };
}

/** Rows of a destination's file, in order of acceptance. */
export async function readRows(dir: string, id: DestinationId): Promise<readonly Row[]> {
  const text = await readFile(join(dir, `${id}.ndjson`), 'utf8');
  if (text !== '' && !text.endsWith('\n')) throw new Error(`${id}.ndjson ends within a row`);
  return text
    .split('\n')
    .slice(0, -1)
    .map((row) => JSON.parse(row) as Row);
}

/** Accepted lines of a destination, in the order in which its users see them. */
export async function readLines(dir: string, id: DestinationId): Promise<readonly AcceptedLine[]> {
  const rows = await readRows(dir, id);
  const lines = rows.map(({ event, request }) => ({ ...READERS[id](event), request }));
  if (!SORTING.includes(id)) return lines;
  return lines.toSorted((one, other) => one.timeMs - other.timeMs || (one.seq ?? 0) - (other.seq ?? 0));
}

/** The event's fields if the line is one of the shipper's own. */
export function shipperEvent({ text }: Pick<AcceptedLine, 'text'>): Fields | undefined {
  if (!/^\{"level":"\w+","event":"(AGENT|LINES)_/.test(text)) return undefined;
  return JSON.parse(text) as Fields;
}

/** The lines of what an agent wrote: ended by LF, without one CR before it, as UTF-8; the last may have no end. */
export function linesOf(bytes: Buffer): string[] {
  const lines: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    const withoutCr = end > start && bytes[end - 1] === 13 ? end - 1 : end;
    lines.push(bytes.toString('utf8', start, withoutCr));
    start = end + 1;
  }
  if (start < bytes.length) lines.push(bytes.toString('utf8', start));
  return lines;
}

/** Whether the two are the same line: some services take no blank ones and get a space. */
const isSame = (written: string, accepted: string): boolean =>
  written === accepted || (written === '' && accepted === ' ');

/**
 * Holds what was accepted against what was written, in order: each line as it is, or as parts that join to it. Says in
 * words what is wrong first; undefined if nothing is.
 */
export function difference(
  written: readonly string[],
  accepted: readonly AcceptedLine[],
): string | undefined {
  const left = [...accepted];
  for (const [at, text] of written.entries()) {
    const first = left.shift();
    if (first === undefined) return `line ${at} and those after it are missing`;
    if (isSame(text, first.text)) continue;
    let joined = first.text;
    if (joined === '' || !text.startsWith(joined)) return `line ${at}: another one stands in its place`;
    while (joined.length < text.length) {
      const next = nextPart(left, text.slice(joined.length));
      if (next === undefined) return `line ${at}: a part is missing after ${joined.length} units`;
      joined += next.text;
    }
  }
  return left.length === 0 ? undefined : `${left.length} more than was written`;
}

/** Takes the part that goes on; parts of the same number may have been accepted side by side. */
function nextPart(left: AcceptedLine[], rest: string): AcceptedLine | undefined {
  const [first] = left;
  const at = left.findIndex(
    ({ text, seq }, index) =>
      text !== '' && rest.startsWith(text) && (index === 0 || (seq !== undefined && seq === first?.seq)),
  );
  return at === -1 ? undefined : left.splice(at, 1)[0];
}
