import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { decodeRecord } from '../../../shared/record/decode.ts';
import { STDOUT } from '../../../shared/record/format.ts';
import type { Batch } from '../../../shipper/batch/batch.ts';
import { HEADER_ROOM } from '../../../shipper/batch/buffer-pool.ts';
import {
  createRecordEncoder,
  type EncodedRecord,
  type NumberedLines,
} from '../../../shipper/batch/record-encoder.ts';

const MIB = 1024 * 1024;

function setUp({ maxWaitingBytes = 32 * MIB, dropping = true } = {}) {
  const records: EncodedRecord[] = [];
  const lost: NumberedLines[] = [];
  const encoder = createRecordEncoder({
    identity: { agentId: 'CA_x', workerId: 'W1', boot: 'b' },
    maxWaitingBytes,
    onRecord: (record) => records.push(record),
    onLost: ({ seq, lines }) => lost.push({ seq, lines }),
  });
  encoder.setDropping(dropping);
  return { encoder, records, lost };
}

/** `count` lines of base64, which compress to three quarters at best. */
function batchOf(seq: number, count: number, lineBytes: number): Batch {
  const text = Array.from({ length: count }, () =>
    randomBytes(lineBytes)
      .toString('latin1')
      .replaceAll('\n', 'x')
      .slice(0, lineBytes - 1),
  );
  const memory = Buffer.alloc(HEADER_ROOM + count * lineBytes);
  const body = memory.subarray(HEADER_ROOM);
  body.write(`${text.join('\n')}\n`, 'latin1');
  const release = (): void => void memory.fill('#');
  return { seq, lines: count, runs: [[STDOUT, 1, count, body.length]], body, release };
}

function namesIn(records: readonly EncodedRecord[]): readonly number[] {
  return records.flatMap(({ data }) => {
    const decoded = decodeRecord(data, { arrivalMs: 0 });
    if (decoded.kind !== 'lines') throw new Error(decoded.reason);
    return decoded.groups.flatMap(({ seq, count }) => Array.from({ length: count }, (_, at) => seq + at));
  });
}

describe('the record encoder', () => {
  it('makes records in the order of the batches', async () => {
    const { encoder, records } = setUp();

    for (let seq = 0; seq < 40; seq += 1) encoder.push(batchOf(seq, 1, seq % 2 === 0 ? 500_000 : 10));
    await vi.waitFor(() => expect(encoder.waitingLines()).toBe(0), 30_000);

    expect(namesIn(records)).toEqual(Array.from({ length: 40 }, (_, at) => at));
    expect(encoder.waitingBytes()).toBe(0);
  });

  it('cuts a batch that cannot be compressed into records that Kinesis takes', async () => {
    const { encoder, records } = setUp();

    encoder.push(batchOf(7, 4, MIB / 4));
    await vi.waitFor(() => expect(encoder.waitingLines()).toBe(0), 30_000);

    expect(records.length).toBeGreaterThan(1);
    expect(records.every(({ data }) => data.length + 'W1'.length <= MIB)).toBe(true);
    expect(namesIn(records)).toEqual([7, 8, 9, 10]);
    expect(records.map(({ seq }) => seq)).toEqual(records.map((record) => namesIn([record])[0]));
  });

  it('takes one line of the longest kind that cannot be compressed', async () => {
    const { encoder, records, lost } = setUp();

    encoder.push(batchOf(0, 1, 900 * 1024));
    await vi.waitFor(() => expect(encoder.waitingLines()).toBe(0), 30_000);

    expect(lost).toEqual([]);
    expect(namesIn(records)).toEqual([0]);
  });

  it('drops the oldest waiting batch when too much waits, and tells which lines', async () => {
    const { encoder, records, lost } = setUp({ maxWaitingBytes: 4 * MIB });

    for (let at = 0; at < 8; at += 1) encoder.push(batchOf(at * 10, 10, 100_000));
    await vi.waitFor(() => expect(encoder.waitingLines()).toBe(0), 30_000);

    // Two are being compressed from the start; of the other six the newest stay.
    expect(lost.map(({ seq }) => seq)).toEqual([20, 30, 40, 50]);
    expect([...namesIn(records)].filter((name) => name % 10 === 0)).toEqual([0, 10, 60, 70]);
  });

  it('drops nothing once it is told so, or if the writer is told to stop instead', async () => {
    const stopped = setUp({ maxWaitingBytes: MIB });
    const blocking = setUp({ maxWaitingBytes: MIB, dropping: false });

    stopped.encoder.setDropping(false);
    for (const { encoder } of [stopped, blocking]) {
      for (let at = 0; at < 8; at += 1) encoder.push(batchOf(at * 10, 10, 100_000));
      await vi.waitFor(() => expect(encoder.waitingLines()).toBe(0), 30_000);
    }

    expect([stopped.lost, blocking.lost]).toEqual([[], []]);
    expect(namesIn(stopped.records)).toHaveLength(80);
    expect(namesIn(blocking.records)).toHaveLength(80);
  });
});
