import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { signal } from '../conditions/containers.ts';
import { ALL, ONE } from '../conditions/destinations.ts';
import { type Fault, sized } from '../stage/fault.ts';
import type { Front } from '../stage/front.ts';
import type { Step } from '../stage/plan.ts';
import { onStage, type Stage } from '../stage/stage.ts';
import { until } from '../stage/watch.ts';
import { writes } from '../stage/writes.ts';

/** Measured: below 14 MB not even one record passes, above 20 MB the largest batch does. */
const HEAP_MB = 18;

/** Lines that do not compress: a batch of them is as large as Lambda passes on, 6 MB. */
function incompressible(megabytes: number): readonly Step[] {
  return Array.from({ length: megabytes }, () => {
    const lines = Array.from({ length: 1_000 }, () => `${randomBytes(750).toString('base64')}\n`).join('');
    return { kind: 'bytes', base64: Buffer.from(lines).toString('base64') };
  });
}

const outOfMemory: Fault = {
  group: 'functions',
  name: 'memory runs out in mid-batch',
  note: 'The heap has room for the code and for small batches; the mapping halves what fails until it fits. Duplicates, if any: the part of a batch that was taken before the end.',
  run: (scale) =>
    onStage({ destinations: ONE, functions: { memoryMb: HEAP_MB } }, async (stage) => {
      await writes(stage, 1, { workerId: 'W0' });
      // The function stands still until all is in the stream, so that its batches are as large as they get.
      const { mapping, function: hosted } = stage.drain('datadog');
      signal(hosted.pids(), 'SIGSTOP');
      const agent = stage.agent({ workerId: 'W1', does: incompressible(sized(scale, 8, 24)) });
      assert.equal(await agent.ended, 0);
      signal(hosted.pids(), 'SIGCONT');
      await stage.settled();
      assert.ok(mapping.counters.errors > 0, 'ran out of memory');
      assert.ok(hosted.counters.coldStarts > 1, 'was started again');
    }),
};

interface Freeze {
  readonly how: 'end' | 'reset';
  readonly ms: number;
}

/** Stops the idle containers, has their peers end what they hold, and lets them go on with the next event. */
async function freeze(stage: Stage, fronts: readonly Front[], { how, ms }: Freeze): Promise<number> {
  const hosted = stage.twin.drains.map((drain) => drain.function);
  const pids = hosted.flatMap((one) => one.pids());
  signal(pids, 'SIGSTOP');
  const held = fronts.reduce((sum, front) => sum + front.hangUp(how), 0);
  const before = hosted.map(({ counters }) => counters.invocations);
  const does = [{ kind: 'lines', count: 200, perWrite: 20 }] as const;
  const agent = stage.agent({ workerId: `W${before[0]}`, does });
  await until(() => hosted.every(({ counters }, i) => counters.invocations > (before[i] ?? 0)));
  await wait(ms);
  signal(pids, 'SIGCONT');
  assert.equal(await agent.ended, 0);
  await stage.settled();
  return held;
}

const frozen: Fault = {
  group: 'functions',
  name: 'frozen between invocations with sockets held',
  note: 'What minutes do is done in seconds: the peers end or reset the idle connections while the container is stopped, and its next event meets them.',
  run: (scale) =>
    onStage({ destinations: ALL }, async (stage) => {
      const fronts = await Promise.all(
        ALL.map(async (id) => {
          const front = await stage.front(stage.account(id));
          stage.store('default', id, front.settings(stage.account(id)));
          return front;
        }),
      );
      const agent = stage.agent({ does: [{ kind: 'lines', count: 200, perWrite: 20 }] });
      assert.equal(await agent.ended, 0);
      await stage.settled();
      let held = 0;
      for (const ms of scale === 'small' ? [0] : [0, 1_000, 5_000]) {
        for (const how of ['end', 'reset'] as const) held += await freeze(stage, fronts, { how, ms });
      }
      assert.ok(held > 0, 'sockets were held');
      for (const { id, function: hosted } of stage.twin.drains) {
        assert.equal(hosted.counters.coldStarts, 1, `${id}: the same container all along`);
      }
    }),
};

export const LIMIT_FAULTS: readonly Fault[] = [outOfMemory, frozen];
