import { describe, expect, it } from 'vitest';
import { trackRecords } from '../../engine/decode/progress.ts';
import { createSettledLines } from '../../engine/decode/settled-lines.ts';
import { createSeenLines, decodeWave } from '../../engine/decode/wave.ts';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { compressPayloadSync, recordPayload } from '../../shared/record/encode.ts';
import { MAX_DECODED_BYTES, type WireRun } from '../../shared/record/format.ts';
import { rawRecord, T0 } from '../helpers/engine-harness.ts';
import { headerWith } from '../helpers/records.ts';

const MIB = 1024 * 1024;

/** How many of a hundred such records are decoded at once. */
function recordsInWave(record: KinesisEventRecord): number {
  return takenOf(Array.from({ length: 100 }, () => record));
}

function takenOf(all: readonly KinesisEventRecord[]): number {
  const records = trackRecords(all);
  const invocation = {
    settledLines: createSettledLines(() => T0),
    telemetry: {
      count: () => undefined,
      latency: () => undefined,
      log: () => undefined,
      flush: () => undefined,
    },
    redrive: false,
    rejectedBefore: false,
    firstSight: () => true,
  };
  return decodeWave(records, 0, { context: invocation, seen: createSeenLines(() => T0) }).next;
}

function ownRecord(body: Buffer, runs: readonly WireRun[], extra: object = {}): KinesisEventRecord {
  const payload = recordPayload({ ...headerWith({ runs }), ...extra }, [body]);
  return rawRecord(compressPayloadSync(payload));
}

function blankLines(lines: number, runs = 1): KinesisEventRecord {
  const each = lines / runs;
  return ownRecord(
    Buffer.alloc(lines, '\n'),
    Array.from({ length: runs }, (_, i) => [0, i, each, each]),
  );
}

/** Lines of two workers in turn. */
function changingWorkers(lines: number): KinesisEventRecord {
  const pair = '{"agent_id":"a","worker_id":"1"}{"agent_id":"a","worker_id":"2"}';
  return rawRecord(compressPayloadSync(Buffer.from(pair.repeat(lines / 2))));
}

/** Of a thousand agents that no other record has. */
function manyAgents(record: number): KinesisEventRecord {
  const lines = Array.from({ length: 1_000 }, (_, at) => `{"agent_id":"a${record}-${at}"}`);
  return rawRecord(compressPayloadSync(Buffer.from(lines.join(''))));
}

describe('a wave', () => {
  it.each([
    ['blank lines', blankLines(MAX_DECODED_BYTES - MIB), 4],
    ['lines each in a run of its own', blankLines(60_000, 60_000), 10],
    [
      'headers with much that we do not know',
      ownRecord(Buffer.from('a\n'), [[0, 1, 1, 2]], { tags: 'x'.repeat(900_000) }),
      60,
    ],
    ['lines of another worker than the line before', changingWorkers(30_000), 2],
  ])('takes few records of %s, whatever they shrink to', (_, record, most) => {
    const taken = recordsInWave(record);

    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(most);
  });

  it('takes few agents at a time, however small their lines are', () => {
    expect(takenOf(Array.from({ length: 100 }, (_, record) => manyAgents(record)))).toBeLessThan(4);
    expect(recordsInWave(manyAgents(0))).toBeGreaterThan(12);
  });

  it('takes all of many small records', () => {
    expect(recordsInWave(blankLines(100))).toBe(100);
  });
});
