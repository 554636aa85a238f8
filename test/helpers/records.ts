import * as fc from 'fast-check';
import { decodeRecord } from '../../shared/record/decode.ts';
import {
  FLAG_EVENTS,
  FLAG_UNTERMINATED,
  type RecordHeader,
  type StreamCode,
  type WireRun,
} from '../../shared/record/format.ts';
import { type Decoded, type LineGroup, textOf, type UnreadableReason } from '../../shared/record/lines.ts';

/** One line as a reader sees it. */
export interface SeenLine {
  readonly agentId: string;
  readonly workerId: string;
  readonly boot: string | undefined;
  readonly seq: number;
  readonly stream: StreamCode;
  readonly timeMs: number;
  readonly flags: number;
  readonly level: string | undefined;
  readonly text: string;
}

export const ARRIVAL = { arrivalMs: 1_768_473_600_000, partitionKey: 'pk' };

/** A header with the given parts over good ones. */
export function headerWith(parts: Partial<RecordHeader> = {}): RecordHeader {
  return {
    log_drain: 1,
    agent_id: 'CA_x',
    worker_id: 'CAW_y',
    boot: 'k3f9c2',
    seq: 1041,
    runs: [],
    ...parts,
  };
}

/** A header for lines that were all read from stdout at once. */
export function headerFor(body: Buffer, parts: Partial<RecordHeader> = {}): RecordHeader {
  const lines = body.filter((byte) => byte === 0x0a).length;
  return headerWith({ runs: [[0, 1_768_473_000_000, lines, body.length]], ...parts });
}

/** Every line of a group, one object each. */
export function linesOf(group: LineGroup): readonly SeenLine[] {
  return group.runs.flatMap((run) =>
    Array.from({ length: run.count }, (_, i) => {
      const at = run.first + i;
      return {
        agentId: group.agentId,
        workerId: group.workerId,
        boot: group.boot,
        seq: group.seq + at,
        stream: run.stream,
        timeMs: run.timeMs,
        flags: run.flags & (i === run.count - 1 ? ~0 : ~FLAG_UNTERMINATED),
        level: group.levels?.[at],
        text: textOf(group, at),
      };
    }),
  );
}

/** The first group of a record that must have lines. */
export function groupOf(data: Buffer): LineGroup {
  const decoded = decodeRecord(data, ARRIVAL);
  if (decoded.kind === 'lines' && decoded.groups[0] !== undefined) return decoded.groups[0];
  throw new Error(`no lines: ${reasonOf(decoded)}`);
}

/** All lines of a record that must be readable. */
export function seen(decoded: Decoded): readonly SeenLine[] {
  if (decoded.kind === 'unreadable') throw new Error(`unreadable: ${decoded.reason}`);
  return decoded.groups.flatMap(linesOf);
}

/** Why a record cannot be read; undefined if it can. */
export function reasonOf(decoded: Decoded): UnreadableReason | undefined {
  return decoded.kind === 'unreadable' ? decoded.reason : undefined;
}

/** What an agent printed, line by line, with what must be read from it. */
export interface Printed {
  readonly header: RecordHeader;
  readonly body: Buffer;
  readonly texts: readonly string[];
}

const lineBytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x0a))),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text.replaceAll('\n', '\r'))),
  fc.constantFrom('', '\r', '\r\r', '\ufeff', 'a\r', '\0').map((text) => Buffer.from(text)),
);

const run = fc.record({
  stream: fc.constantFrom<StreamCode>(0, 1),
  timeMs: fc.integer({ min: 0, max: 253_402_300_799_999 }),
  flags: fc.constantFrom(0, FLAG_UNTERMINATED, FLAG_EVENTS, FLAG_UNTERMINATED | FLAG_EVENTS),
  lines: fc.array(lineBytes, { minLength: 1, maxLength: 6 }),
});

/** Any bytes in any runs. */
export const printed: fc.Arbitrary<Printed> = fc
  .record({ runs: fc.array(run, { maxLength: 6 }), seq: fc.nat() })
  .map(({ runs, seq }) => {
    const wire: WireRun[] = [];
    const body: Buffer[] = [];
    const texts: string[] = [];
    for (const { stream, timeMs, flags, lines } of runs) {
      const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
      wire.push(
        flags === 0
          ? [stream, timeMs, lines.length, bytes.length]
          : [stream, timeMs, lines.length, bytes.length, flags],
      );
      body.push(bytes);
      for (const [i, line] of lines.entries()) {
        const ours = (flags & FLAG_UNTERMINATED) !== 0 && i === lines.length - 1;
        texts.push(ours ? line.toString() : line.toString().replace(/\r$/, ''));
      }
    }
    return { header: headerWith({ runs: wire, seq }), body: Buffer.concat(body), texts };
  });
