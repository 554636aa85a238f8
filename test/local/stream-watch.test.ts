import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { DEFAULT_LIMITS } from '../../local/kinesis/limits.ts';
import { createStream } from '../../local/kinesis/stream.ts';
import { watchStream } from '../../local/stream-watch.ts';
import { createTally } from '../../local/tally/tally.ts';
import { decodeRecord } from '../../shared/record/decode.ts';
import { recordPayload } from '../../shared/record/encode.ts';
import { RECORD_VERSION, STDERR, STDOUT, type StreamCode } from '../../shared/record/format.ts';
import { runIndexOf, textOf } from '../../shared/record/lines.ts';
import type { Batch } from '../../shipper/batch/batch.ts';
import { createBatcher } from '../../shipper/batch/batcher.ts';
import { createSimulatedClock } from '../helpers/shipper/simulated-clock.ts';

const ALL = MANIFESTS.map(({ id }) => id);
const NAMES = { [STDOUT]: 'stdout', [STDERR]: 'stderr' } as const;

/** A batcher whose records come into a stream, which is watched for a tally; time is simulated. */
function setUp() {
  const clock = createSimulatedClock();
  const stream = createStream({
    name: 'log-drain',
    arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/log-drain',
    shards: 1,
    limits: DEFAULT_LIMITS,
    now: clock.now,
  });
  const tally = createTally(ALL);
  const watch = watchStream(stream, { onEvent: tally.event, onPiece: tally.piece });
  const payloads: Buffer[] = [];
  const batcher = createBatcher({
    maxLineBytes: 2_000,
    onBatch: ({ seq, runs, body, release }: Batch) => {
      const header = {
        log_drain: RECORD_VERSION,
        agent_id: 'a',
        worker_id: 'w',
        boot: 'b',
        seq,
        runs,
      } as const;
      payloads.push(recordPayload(header, [body]));
      release();
    },
    clock,
  });
  return { clock, stream, tally, watch, payloads, batcher };
}

type World = ReturnType<typeof setUp>;

/** Writes chunks, each in so many ms, with one of the shipper's events here and there. */
async function writeAll({ clock, tally, batcher }: World, chunks: readonly Chunk[]): Promise<void> {
  for (const [waitMs, stream, text] of chunks) {
    await clock.advance(waitMs);
    tally.output('w', NAMES[stream], Buffer.from(text));
    batcher.write(stream, Buffer.from(text));
    if (waitMs % 5 === 0) batcher.event(`{"at":${clock.now()}}`);
  }
  for (const code of [STDOUT, STDERR] as const) batcher.end(code);
  batcher.flush();
  tally.end('w');
}

type Chunk = readonly [waitMs: number, stream: StreamCode, text: string];

function put({ stream, watch }: World, payloads: readonly Buffer[]): void {
  for (const payload of payloads) {
    stream.put({ partitionKey: 'w', data: payload.toString('base64'), bytes: payload.length });
  }
  watch.drain();
}

/** All services accept the lines of a record, each as it would show it. */
function accept({ tally }: World, payload: Buffer): void {
  const decoded = decodeRecord(payload, { arrivalMs: 0 });
  if (decoded.kind !== 'lines') throw new Error(decoded.reason);
  for (const group of decoded.groups) {
    for (let i = 0; i < group.count; i += 1) {
      const stream = NAMES[group.runs[runIndexOf(group.runs, i)]?.stream ?? STDOUT];
      for (const id of ALL) {
        const line = { agent: 'a', worker: 'w', stream, text: textOf(group, i), seq: group.seq + i };
        tally.setAside(id, line);
      }
    }
  }
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '€', '😀', '\r', '\n'), maxLength: 12 });
/** No stretch of it is like another: that one text can't be told from another is not what is tested here. */
const long = fc.tuple(fc.nat(), fc.integer({ min: 1_000, max: 5_000 })).map(([start, length]) => {
  let value = '';
  for (let n = start; value.length < length; n += 1) value += `${n.toString(36)}-`;
  return value;
});
const chunks = fc.array(
  fc.tuple(
    fc.nat(9_000),
    fc.constantFrom<StreamCode>(STDOUT, STDERR),
    fc.oneof({ weight: 9, arbitrary: text }, long),
  ),
  { maxLength: 25 },
);

describe('watching the stream', () => {
  it('lets the tally know all lines that were sent in parts, whatever was written when', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, fc.boolean(), async (written, late) => {
        const world = setUp();
        await writeAll(world, written);
        // Records may come twice, and in another order; services may accept before that.
        if (late) world.payloads.forEach((payload) => accept(world, payload));
        put(world, [...world.payloads, ...world.payloads.toReversed()]);
        if (!late) world.payloads.forEach((payload) => accept(world, payload));

        const { destinations } = world.tally.result();
        for (const id of ALL) expect(destinations[id]).toMatchObject({ lost: 0, duplicates: 0 });
        expect(world.tally.result().destinations).toEqual(destinations);
        world.watch.close();
      }),
    );
  });

  it('has a part that does not arrive counted as lost, and nothing as too much', async () => {
    const world = setUp();
    await writeAll(world, [
      [1, STDOUT, 'licence server? '],
      [6_001, STDERR, 'warning\n'],
      [1, STDOUT, 'found\nready\n'],
    ]);
    put(world, world.payloads);
    const [first, ...others] = world.payloads;
    if (first !== undefined) accept(world, first);
    const begun = world.tally.result();
    for (const other of others) accept(world, other);

    expect(begun.lines).toEqual({ stdout: 2, stderr: 1, events: 0 });
    for (const id of ALL) expect(begun.destinations[id]).toMatchObject({ lost: 3, duplicates: 0 });
    for (const id of ALL)
      expect(world.tally.result().destinations[id]).toMatchObject({ lost: 0, duplicates: 0 });
  });
});
