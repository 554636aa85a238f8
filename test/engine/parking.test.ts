import { describe, expect, it } from 'vitest';
import { outcome } from '../../shared/destination/outcome.ts';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { decodeRecord } from '../../shared/record/decode.ts';
import { textOf } from '../../shared/record/lines.ts';
import { createHarness, kinesisRecord, rawRecord, type Service } from '../helpers/engine-harness.ts';

const REFUSED: Service = () => outcome({ fate: 'misconfigured', reason: 'forbidden' });

interface Stored {
  readonly lines: number;
  readonly Records: readonly KinesisEventRecord[];
}

/** The texts of all lines in the bucket, in the order of keys. */
function linesIn(objects: ReadonlyMap<string, string>): string[] {
  return [...objects.keys()].sort().flatMap((key) =>
    (JSON.parse(objects.get(key) ?? '') as Stored).Records.flatMap(({ kinesis }) => {
      const decoded = decodeRecord(Buffer.from(kinesis.data, 'base64'), {
        partitionKey: kinesis.partitionKey,
        arrivalMs: 0,
      });
      if (decoded.kind === 'unreadable') throw new Error(decoded.reason);
      return decoded.groups.flatMap((group) =>
        Array.from({ length: group.count }, (_, i) => textOf(group, i)),
      );
    }),
  );
}

const tenLines = Array.from({ length: 10 }, (_, i) => `line ${i}`);
const own = tenLines.map((text, seq) => kinesisRecord({ seq, lines: [text] }));
const foreign = tenLines.map((message) =>
  rawRecord(Buffer.from(JSON.stringify({ agent_id: 'CA_a', message }))),
);

describe('parked objects', () => {
  for (const [producer, records] of [
    ['a shipper', own],
    ['another producer', foreign],
  ] as const) {
    it(`of ${producer} keep every line when another container parks less of the same batch`, async () => {
      const objects = new Map<string, string>();
      const a = createHarness({ service: REFUSED, objects });
      const b = createHarness({ service: REFUSED, objects });

      await a.deliver(records);
      // The mapping cut the batch in two as it came again.
      await b.deliver(records.slice(0, 5));
      await a.deliver(records.slice(5));

      expect([...new Set(linesIn(objects))].sort()).toEqual(tenLines);
    });

    it(`of ${producer} are overwritten by a repeat of the same lines`, async () => {
      const objects = new Map<string, string>();

      await createHarness({ service: REFUSED, objects }).deliver(records);
      await createHarness({ service: REFUSED, objects }).deliver(records);

      expect(linesIn(objects)).toEqual(tenLines);
    });
  }

  it('keep the stream’s order, whatever the sending order, and their records byte for byte', async () => {
    const harness = createHarness({ service: REFUSED });
    const records = [kinesisRecord({ seq: 1, lines: ['b'] }), kinesisRecord({ seq: 0, lines: ['a'] })];

    await harness.deliver(records);

    const [body = ''] = harness.objects.values();
    expect(harness.sent[0]?.texts).toEqual(['a', 'b']);
    expect((JSON.parse(body) as Stored).Records).toEqual(records);
  });

  it('hold at most 4 MiB each, and those that were stored are not stored again', async () => {
    let puts = 0;
    const harness = createHarness({
      service: REFUSED,
      manifest: { limits: { maxEvents: 10, maxBytes: 2_000_000, maxEventBytes: 2_000_000 } },
      canPark: () => {
        puts += 1;
        return puts !== 2;
      },
    });
    const records = Array.from({ length: 8 }, (_, seq) =>
      kinesisRecord({ seq, lines: [String(seq).repeat(900_000)] }),
    );

    const report = await harness.deliver(records);
    const [first] = [...harness.objects.values()].map((body) => JSON.parse(body) as Stored);
    await harness.deliver(records.slice(first?.lines));

    const sizes = [...harness.objects.values()].map((body) => body.length);
    expect(report.batchItemFailures).toEqual([
      { itemIdentifier: records[first?.lines ?? 0]?.kinesis.sequenceNumber },
    ]);
    expect(Math.max(...sizes)).toBeLessThan(4.1 * 1024 * 1024);
    expect(linesIn(harness.objects).map((text) => text[0])).toEqual('01234567'.split(''));
    expect(harness.counts.get('LinesParked')).toBe(8);
  });

  it('hold at most 4 MiB each where one record’s lines are kept one by one', async () => {
    const harness = createHarness({
      manifest: { limits: { maxEvents: 100_000, maxBytes: 10_000_000, maxEventBytes: 10_000 } },
      service: ({ texts }) => ({
        accepted: [],
        rejected: texts.flatMap((_, at) => (at % 2 === 0 ? [{ from: at, to: at + 1, reason: 'bad' }] : [])),
        rest: { fate: 'delivered' },
      }),
    });
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i}`);

    await harness.deliver([kinesisRecord({ lines })]);

    const sizes = [...harness.objects.values()].map((body) => body.length);
    expect(Math.max(...sizes)).toBeLessThan(4.1 * 1024 * 1024);
    expect(linesIn(harness.objects)).toHaveLength(10_000);
    expect(harness.counts.get('LinesRejected')).toBe(10_000);
  });
});
