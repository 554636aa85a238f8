import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { recordPayload } from '../../shared/record/encode.ts';
import { zstd } from '../../shared/record/zlib-zstd.ts';
import { aggregate, sealed } from '../../test/helpers/aggregates.ts';
import { headerFor } from '../../test/helpers/records.ts';
import { reasonsParked } from '../checks/parked.ts';
import { ONE, THREE } from '../conditions/destinations.ts';
import { putRecord } from '../conditions/put-record.ts';
import { type Fault, type Scale, sized } from '../stage/fault.ts';
import { onStage, type Stage } from '../stage/stage.ts';

const MIB = 1024 * 1024;
const BODY = Buffer.from('a line\n');
const GOOD = recordPayload(headerFor(BODY), [BODY]);

/** A record of ours whose header says something else than what it holds. */
const lying = (parts: object): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify({ ...headerFor(BODY), ...parts })}\n`), BODY]);

/** What somebody else, or something broken, may put into the stream; nothing in it is a line. */
const POISON: readonly (readonly [reason: string, data: Buffer])[] = [
  ['unknown-format', randomBytes(1_000)],
  ['unknown-format', Buffer.from([0])],
  ['corrupt-compression', gzipSync(GOOD).subarray(0, -9)],
  ['corrupt-compression', Buffer.concat([gzipSync(GOOD), randomBytes(50)])],
  ...(zstd === undefined
    ? []
    : ([['corrupt-compression', zstd.zstdCompressSync(GOOD, {}).subarray(0, -5)]] as const)),
  [zstd === undefined ? 'zstd-unsupported' : 'corrupt-compression', Buffer.from('28b52ffd00', 'hex')],
  ['runs-mismatch', lying({ runs: [[0, 1, 2, BODY.length]] })],
  ['runs-mismatch', lying({ runs: [[0, 1, 1, BODY.length + 1]] })],
  ['bad-header', lying({ seq: -1 })],
  ['bad-agent-id', lying({ agent_id: '../x' })],
  ['newer-record', lying({ log_drain: 2 })],
  ['unknown-format', Buffer.from('<html>not a log</html>')],
  ['no-agent-id', Buffer.from('{"temperature":21.5}')],
  ['no-agent-id', Buffer.from('[{"message":"whose?"}]')],
  ['corrupt-aggregate', aggregate(['k'], [{ data: 'x' }]).subarray(0, -1)],
  ['corrupt-aggregate', sealed(randomBytes(200))],
  ['unknown-format', randomBytes(MIB - 100)],
  ['too-many-parts', gzipSync(Array.from({ length: 30_000 }, (_, at) => `{"agent_id":"CA_${at}"}`).join(''))],
];

/** Good lines before, between and behind what is put. */
async function among(stage: Stage, lines: number, records: readonly Buffer[]): Promise<void> {
  const agent = stage.agent({
    does: [
      { kind: 'lines', count: lines, perWrite: 20 },
      { kind: 'wait', ms: 1_200 },
      { kind: 'lines', count: lines, perWrite: 20 },
    ],
  });
  for (const data of records) await putRecord(stage.twin.kinesis, data);
  assert.equal(await agent.ended, 0);
  await stage.settled();
}

const poison: Fault = {
  group: 'functions',
  name: 'poison records of every kind',
  note: 'Garbage, cut-off compression, sums that do not fit, a newer version, foreign JSON, broken aggregates, tens of thousands of agents: all are set aside as unreadable, and the lines around them are delivered.',
  run: (scale) =>
    onStage({ destinations: scale === 'small' ? ONE : THREE }, async (stage) => {
      const repeats = sized(scale, 1, 10);
      const records = Array.from({ length: repeats }, () => POISON).flat();
      await among(
        stage,
        sized(scale, 500, 10_000),
        records.map(([, data]) => data),
      );
      for (const { id, mapping, function: hosted } of stage.twin.drains) {
        const expected = records.map(([reason]) => reason).toSorted();
        assert.deepEqual(reasonsParked(stage, `unreadable/${id}/`).toSorted(), expected);
        assert.equal(mapping.counters.errors, 0, `${id}: no invocation failed`);
        assert.equal(hosted.counters.coldStarts, 1, `${id}: no container died`);
      }
    }),
};

function bombs(scale: Scale): readonly Buffer[] {
  const zeros = Buffer.alloc(sized(scale, 64, 512) * MIB);
  const once = gzipSync(zeros, { level: 9 });
  const layers = [once, gzipSync(once), gzipSync(gzipSync(once))];
  // Within what a record may decode to, and still nothing: a batch of them is thousands of times its size.
  const many = Array.from({ length: sized(scale, 20, 200) }, () => gzipSync(zeros.subarray(0, 15 * MIB)));
  if (zstd === undefined) return [...layers, ...many];
  const options = { params: { [zstd.constants.ZSTD_c_compressionLevel]: 19 } };
  return [...layers, zstd.zstdCompressSync(zeros, options), ...many];
}

const bombed: Fault = {
  group: 'functions',
  name: 'decompression bombs',
  note: 'Records that unpack to a thousand and ten thousand times their size, in one layer and several, alone and by the hundred.',
  run: (scale) =>
    onStage({ destinations: ONE }, async (stage) => {
      const records = bombs(scale);
      await among(stage, sized(scale, 500, 10_000), records);
      const { mapping, function: hosted } = stage.drain('datadog');
      assert.equal(reasonsParked(stage, 'unreadable/datadog/').length, records.length);
      assert.equal(mapping.counters.errors, 0, 'no invocation failed');
      assert.equal(hosted.counters.coldStarts, 1, 'no container died');
    }),
};

export const RECORD_FAULTS: readonly Fault[] = [poison, bombed];
