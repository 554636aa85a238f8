import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_SHARD_RATE } from '../../local/kinesis/limits.ts';
import type { FaultRule } from '../../receivers/kit/faults.ts';
import { reshard } from '../conditions/reshard.ts';
import { type Fault, type Scale, sized } from '../stage/fault.ts';
import { noise } from '../stage/noise.ts';
import { onStage, STREAM_BYTES, type Stage } from '../stage/stage.ts';
import { until } from '../stage/watch.ts';

/** The rules applied to the calls in turn, `rounds` times over, while an agent writes. */
interface Calls {
  readonly name: string;
  readonly note?: string;
  readonly first?: FaultRule;
  readonly rules: readonly FaultRule[];
  readonly rounds: Readonly<Record<Scale, number>>;
  /** How many the agent fills, about. */
  readonly records: Readonly<Record<Scale, number>>;
  /** Records are in the stream twice. */
  readonly taken?: boolean;
}

function calls({ name, note, first, rules, rounds, records, taken = false }: Calls): Fault {
  return {
    group: 'kinesis',
    name,
    ...(note === undefined ? {} : { note }),
    run: (scale) =>
      onStage({}, async (stage) => {
        const { kinesis } = stage.twin;
        const again = Array.from({ length: rounds[scale] - 1 }, () => [WORKS, ...rules]);
        kinesis.faults.set([first ?? [], ...rules, again].flat(2));
        const agent = stage.agent({
          does: [
            { kind: 'lines', count: 1_000 },
            ...noise(stage.marker, { times: records[scale], pauseMs: 150 }),
          ],
        });
        assert.equal(await agent.ended, 0);
        assert.equal(kinesis.faults.next(), undefined, 'a rule was not used');
        await stage.settled();
        const copies = stage.twin.drains[0]?.metrics.metric('Duplicates').sum ?? 0;
        assert.equal(copies > 0, taken, `${copies} copies were in the stream`);
        if (taken) stage.remark(`${copies} copies were skipped in this run.`);
      }),
  };
}

/** Between two rounds: else the shipper would wait ever longer. */
const WORKS: FaultRule = { kind: 'delay', ms: 1 };
/** So many that a split leaves some on both sides. */
const RESHARD_WORKERS = 4;
const THROTTLED = 'ProvisionedThroughputExceededException';

/** Before each change and after the last every worker writes, so that records come however slow the machine is. */
function splitAndMerge(scale: Scale): ReturnType<Fault['run']> {
  return onStage({}, async (stage) => {
    const { kinesis } = stage.twin;
    const rounds = sized(scale, 1, 2);
    const turn = (n: number): string => join(stage.dir, `turn-${n}`);
    const some = noise(stage.marker, { times: sized(scale, 2, 3), pauseMs: 150 });
    const does = Array.from({ length: 2 * rounds + 1 }, (_, n) => [
      { kind: 'wait-for', file: turn(n) } as const,
      ...some,
    ]).flat();
    const agents = Array.from({ length: RESHARD_WORKERS }, (_, at) =>
      stage.agent({ workerId: `W${at}`, does }),
    );
    let turns = 0;
    const write = (): void => {
      writeFileSync(turn(turns), '');
      turns += 1;
    };
    await reshard(kinesis, { rounds, write, records: RESHARD_WORKERS });
    for (const { ended } of agents) assert.equal(await ended, 0);
    const used = kinesis.stream.shards().filter((shard) => shard.end() > 0).length;
    assert(used >= 3, `${used} shards were written to`);
    await stage.settled();
  });
}

export const KINESIS_FAULTS: readonly Fault[] = [
  calls({
    name: 'records of a call refused: all, the first, the last, every second, every third',
    note: 'Of calls of four records. The first call is answered late, so that records gather.',
    first: { kind: 'delay', ms: 1_500 },
    rules: [
      { kind: 'fail-records', every: 1, code: THROTTLED },
      { kind: 'fail-records', every: 3, code: 'InternalFailure' },
      { kind: 'fail-records', every: 2, code: THROTTLED },
      { kind: 'fail-records', every: 'first', code: 'InternalFailure' },
      { kind: 'fail-records', every: 'last', code: THROTTLED },
    ],
    rounds: { small: 1, full: 3 },
    records: { small: 16, full: 45 },
  }),
  {
    group: 'kinesis',
    name: "throttling at a shard's rate",
    note: 'A shard takes 1 MiB a second; the agent writes several times as much. Records wait in the shipper.',
    run: (scale) =>
      onStage({ limits: { shardRate: SERVICE_SHARD_RATE, retainedBytes: STREAM_BYTES } }, async (stage) => {
        // On a busy machine records come one by one: so none is taken until all are written.
        stage.twin.kinesis.faults.set([{ kind: 'status', status: 503, times: 0 }]);
        const agent = stage.agent({ does: noise(stage.marker, { times: sized(scale, 3, 16) }) });
        await until(() => agent.writingMs() !== undefined);
        stage.twin.kinesis.faults.set([]);
        assert.equal(await agent.ended, 0);
        assert(stage.twin.kinesis.counters.failedRecords > 0, 'nothing was throttled');
        await stage.settled();
      }),
  },
  calls({
    name: '5xx and resets, before and after the records were taken',
    note: 'A call that was taken and then answered by 5xx or a reset is made again: the stream holds these records twice, and the function, which knows lines by their numbers, skips the copies as long as one container serves the shard.',
    rules: [
      { kind: 'status', status: 500, times: 2 },
      { kind: 'status', status: 503 },
      { kind: 'accept-then-status', status: 500 },
      { kind: 'reset', when: 'before', times: 2 },
      { kind: 'reset', when: 'after' },
    ],
    rounds: { small: 1, full: 3 },
    records: { small: 5, full: 18 },
    taken: true,
  }),
  calls({
    name: 'no answer',
    note: 'The shipper gives a call 5 s, and 3 s more for each MiB.',
    rules: [{ kind: 'hang' }],
    rounds: { small: 1, full: 2 },
    records: { small: 0, full: 10 },
  }),
  {
    group: 'kinesis',
    name: 'split and merge under load',
    note: 'Four workers; the mapping reads parents to their end before children. A call that was not answered in time, as on a busy machine, is made again; a copy that comes by another shard can meet another container, which does not know it: then it is delivered twice.',
    run: splitAndMerge,
  },
  {
    group: 'kinesis',
    name: 'an outage for longer than the buffer lasts, without and with a spool',
    note: 'A minute with a buffer of 2 MiB, or 8 MiB before the spool, in place of an hour with the default of 64 MiB. Without a spool the oldest records are dropped and announced; with one nothing is.',
    run: outage,
  },
];

async function outage(scale: Scale): Promise<Awaited<ReturnType<Fault['run']>>> {
  return onStage({}, async (stage) => {
    const { kinesis } = stage.twin;
    kinesis.faults.set([{ kind: 'status', status: 503, times: 0 }]);
    const does = noise(stage.marker, { times: sized(scale, 6, 40), pauseMs: sized(scale, 200, 1_500) });
    const dropping = stage.agent({ workerId: 'W0', does, flags: ['--buffer-bytes', '2MiB'] });
    // Room for what comes before the sender has started.
    const spool = ['--buffer-bytes', '8MiB', '--spool', join(stage.dir, 'spool')];
    const spooling = stage.agent({ workerId: 'W1', does, flags: spool });
    await until(() => [dropping, spooling].every(({ writingMs }) => writingMs() !== undefined));
    // What was written last may still wait for compression.
    await until(() => / lines were dropped/.test(stage.output()));
    kinesis.faults.set([]);
    stage.faultEnds();
    for (const { ended } of [dropping, spooling]) assert.equal(await ended, 0);
    await stage.settled();
    saySummaries(stage, dropping.summary()?.dropped ?? 0, spooling.summary()?.dropped);
  });
}

function saySummaries(stage: Stage, dropped: number, spooledDropped: number | undefined): void {
  assert(dropped > 0, 'the buffer held it all');
  assert.equal(spooledDropped, 0);
  stage.remark(`${dropped} lines were dropped without a spool, 0 with one.`);
}
