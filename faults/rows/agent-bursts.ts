import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { SERVICE_SHARD_RATE } from '../../local/kinesis/limits.ts';
import type { Agent, AgentOptions } from '../stage/agent.ts';
import { type Fault, type Scale, sized } from '../stage/fault.ts';
import { noise } from '../stage/noise.ts';
import type { Step } from '../stage/plan.ts';
import { onStage, STREAM_BYTES, type Stage } from '../stage/stage.ts';

// More at once than our buffers hold, in the default setting: the agent waits for our own work, and a copy or a network
// that is slower than the agent loses what it cannot take, counted.

const LINE_BYTES = 240;
const MAX_WRITE_BYTES = 256 * 1024;
/** 48 MB, more than any of our buffers. */
const SMALL_BURST = 200_000;
const MILLION = 1_000_000;

/** With a well Kinesis nothing is dropped; what reads the copy may be as slow as it likes. */
async function burst(
  stage: Stage,
  options: AgentOptions,
): Promise<{ readonly agent: Agent; readonly missing: number }> {
  const agent = stage.agent(options);
  assert.equal(await agent.ended, 0);
  const { dropped, unsent, spooled, copy_missing } = summaryOf(agent);
  assert.deepEqual([dropped, unsent, spooled], [0, 0, 0], 'dropped, not sent, in the spool');
  const missing = copy_missing.stdout + copy_missing.stderr;
  // What was being written at the very end counts as missing, though a part of it may have got there.
  const beyond = (await agent.copied()) + missing - writtenBytes(agent);
  assert(beyond >= 0 && beyond <= MAX_WRITE_BYTES, `${beyond} bytes more than were written`);
  await stage.settled();
  return { agent, missing };
}

async function wholeBurst(stage: Stage, options: AgentOptions): Promise<Agent> {
  const { agent, missing } = await burst(stage, options);
  assert.equal(missing, 0, 'bytes are missing in the copy');
  return agent;
}

function summaryOf(agent: Agent): NonNullable<ReturnType<Agent['summary']>> {
  const summary = agent.summary();
  assert(summary !== undefined, 'no summary');
  return summary;
}

function writtenBytes(agent: Agent): number {
  let bytes = 0;
  for (const { chunk } of agent.writes()) bytes += chunk.length;
  return bytes;
}

const lines = (count: number, perWrite: number): readonly Step[] => [
  { kind: 'lines', count, bytes: LINE_BYTES, perWrite },
];
const count = (scale: Scale): number => sized(scale, SMALL_BURST, MILLION);
/** 64 KiB, as `cat` writes. */
const LARGE_WRITES = 273;

export const BURST_FAULTS: readonly Fault[] = [
  {
    group: 'agent',
    name: 'a burst by large writes, without and with a spool',
    note: 'Lines of 240 bytes as `cat` of a file writes them, copied through a pipe to a reader that takes them.',
    run: (scale) =>
      onStage({}, async (stage) => {
        const does = lines(count(scale), LARGE_WRITES);
        const copy = { cat: join(stage.dir, 'copy') };
        await wholeBurst(stage, { workerId: 'W0', does, copy });
        const flags = ['--spool', join(stage.dir, 'spool')];
        const agent = await wholeBurst(stage, { workerId: 'W1', does, copy, flags });
        if (scale === 'full') await stage.compare(agent, does);
      }),
  },
  {
    group: 'agent',
    name: 'a burst by a write a line, copied to a file',
    run: (scale) =>
      onStage({}, async (stage) => {
        const copy = { file: join(stage.dir, 'copy') };
        const does = lines(count(scale), 1);
        const agent = await wholeBurst(stage, { does, copy });
        if (scale === 'full') await stage.compare(agent, does);
      }),
  },
  {
    group: 'agent',
    name: 'a burst, and a copy that is read slowly, not at all, or has no room',
    note: 'At 2 MB a second, by a stopped reader, and in /dev/full. The stream has every line; what the copy lacks is counted.',
    run: (scale) =>
      onStage({}, async (stage) => {
        const does = lines(count(scale), LARGE_WRITES);
        // At its end the shipper waits so long for the readers.
        const flags = ['--drain-timeout', '10s'];
        const readers = ['slow', 'stopped', { file: '/dev/full' }] as const;
        for (const [at, copy] of readers.entries()) {
          const { missing } = await burst(stage, { workerId: `W${at}`, does, copy, flags });
          assert(missing > 0, 'the copy took everything');
        }
      }),
  },
  {
    group: 'agent',
    name: 'more than the buffer holds, at a rate that the shard does not take',
    note: 'In the default setting with a buffer of 4 MiB: the agent waits for at most a second in any ten, then the oldest lines are dropped, and announced.',
    run: (scale) =>
      onStage({ limits: { shardRate: SERVICE_SHARD_RATE, retainedBytes: STREAM_BYTES } }, async (stage) => {
        const agent = stage.agent({
          does: noise(stage.marker, { times: sized(scale, 24, 60) }),
          flags: ['--buffer-bytes', '4MiB'],
        });
        assert.equal(await agent.ended, 0);
        assert(stage.twin.kinesis.counters.failedRecords > 0, 'nothing was throttled');
        assert(summaryOf(agent).dropped > 0, 'nothing was dropped');
        await stage.settled();
      }),
  },
];
