import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DestinationId } from '../../lambdas/registry.ts';
import { assertAllParked, reasonsParked } from '../checks/parked.ts';
import { setRules } from '../conditions/answers.ts';
import { replaceContainers } from '../conditions/containers.ts';
import { HTTP, ONE, THREE, TWO } from '../conditions/destinations.ts';
import { type Fault, sized } from '../stage/fault.ts';
import type { Front } from '../stage/front.ts';
import { onStage, type Stage } from '../stage/stage.ts';
import { until } from '../stage/watch.ts';
import { writes } from '../stage/writes.ts';

/** Seconds instead of a quarter of an hour. */
const SOON = { STALL_LIMIT_SECONDS: '2', ISOLATION_LIMIT_SECONDS: '2' };

const secretsDown: Fault = {
  group: 'functions',
  name: 'Secrets Manager down',
  note: 'Cold functions cannot read any settings. Lines wait in the stream until the stall limit, 2 s here instead of 15 min, and are then parked.',
  run: (scale) =>
    onStage(
      {
        destinations: scale === 'small' ? ONE : THREE,
        environment: SOON,
        faults: { secretsmanager: [{ kind: 'status', status: 500, times: 0 }] },
      },
      async (stage) => {
        await writes(stage, sized(scale, 1_000, 20_000), { workerId: 'W1' });
        assert.equal(stage.twin.secrets.reads(), 0);
        assert.ok(reasonsParked(stage).length > 0, 'lines were parked');
        stage.twin.secrets.faults.set([]);
        stage.faultEnds();
        await writes(stage, 1_000, { workerId: 'W2' });
        await stage.redriveAll();
      },
    ),
};

const secretsSlow: Fault = {
  group: 'functions',
  name: 'Secrets Manager throttles, hangs, and is slow',
  run: (scale) => {
    const throttled = '{"__type":"ThrottlingException","message":"Rate exceeded"}';
    return onStage(
      {
        destinations: scale === 'small' ? ONE : THREE,
        faults: {
          secretsmanager: [
            { kind: 'status', status: 400, body: throttled, times: 4 },
            { kind: 'hang', times: scale === 'small' ? 1 : 3 },
            { kind: 'delay', ms: 1_000, times: 6 },
          ],
        },
      },
      async (stage) => {
        await writes(stage, sized(scale, 1_000, 20_000), { workerId: 'W1' });
        assert.ok(stage.twin.secrets.reads() > 0);
        assert.deepEqual(reasonsParked(stage), []);
      },
    );
  },
};

/** An account in front of which another stands, ready to take its place. */
interface Rotation {
  readonly id: DestinationId;
  readonly front: Front;
  /** The service does no longer know the old key. */
  readonly revoke: () => void;
  readonly storeNew: () => void;
  /** What the new key's side saw of the old key. */
  readonly refusals: () => number;
}

async function rotationOf(stage: Stage, id: DestinationId): Promise<Rotation> {
  const old = stage.account(id);
  const next = await stage.receiver(id);
  const front = await stage.front(old);
  stage.store('default', id, front.settings(old));
  return {
    id,
    front,
    revoke: () => {
      front.leadTo(next);
      front.hangUp('end');
    },
    storeNew: () => stage.store('default', id, front.settings(next)),
    refusals: () => next.violations.length,
  };
}

const rotated: Fault = {
  group: 'functions',
  name: 'secret rotated, the new one stored first',
  note: 'The old key is refused, the secret is read afresh, and the lines go out at once: nothing is parked.',
  run: (scale) =>
    onStage({ destinations: scale === 'small' ? TWO : HTTP }, async (stage) => {
      const rotations = await Promise.all(stage.twin.drains.map(({ id }) => rotationOf(stage, id)));
      await writes(stage, 500, { workerId: 'W1' });
      for (const { storeNew, revoke } of rotations) {
        storeNew();
        revoke();
      }
      await writes(stage, sized(scale, 1_000, 20_000), { workerId: 'W2' });
      for (const { id, refusals } of rotations) assert.ok(refusals() > 0, `${id}: the old key was refused`);
      assert.deepEqual(reasonsParked(stage), []);
    }),
};

const rotatedLate: Fault = {
  group: 'functions',
  name: 'secret rotated, the new one stored too late',
  note: 'What the old key was refused for is parked, and goes out once the new key is read: within a minute in a warm container, at once in a cold one.',
  run: (scale) =>
    onStage({ destinations: scale === 'small' ? TWO : HTTP }, async (stage) => {
      const rotations = await Promise.all(stage.twin.drains.map(({ id }) => rotationOf(stage, id)));
      await writes(stage, 500, { workerId: 'W1' });
      for (const { revoke } of rotations) revoke();
      await writes(stage, sized(scale, 1_000, 20_000), { workerId: 'W2' });
      assertAllParked(stage);
      for (const { storeNew } of rotations) storeNew();
      stage.faultEnds();
      // The suite does not wait for the minute.
      if (scale === 'small') await replaceContainers(stage);
      await stage.redriveAll();
      await writes(stage, 500, { workerId: 'W3' });
    }),
};

const removed: Fault = {
  group: 'functions',
  name: 'secret removed and stored again',
  note: 'Without settings a destination is switched off: lines are skipped, and counted as LinesSkipped. A warm container notices within 5 minutes, and a new secret within 10; here the containers are replaced instead.',
  run: (scale) =>
    onStage({ destinations: scale === 'small' ? ONE : THREE }, async (stage) => {
      const skipped = (): number =>
        stage.twin.drains.reduce((sum, { metrics }) => sum + metrics.metric('LinesSkipped').sum, 0);
      await writes(stage, 500, { workerId: 'W1' });
      for (const { id } of stage.twin.drains) stage.twin.secrets.remove(`log-drain/default/${id}`);
      await writes(stage, 500, { workerId: 'W2' });
      assert.equal(skipped(), 0, 'a warm container goes on with what it knows');
      await replaceContainers(stage);
      await writes(stage, 500, { workerId: 'W3' });
      // The agent's start and end are lines as well.
      assert.equal(skipped(), 502 * stage.twin.drains.length);
      for (const { id } of stage.twin.drains) stage.store('default', id, stage.account(id).settings);
      await replaceContainers(stage);
      await writes(stage, 500, { workerId: 'W4' });
    }),
};

/** A function's word for it, up to the key. */
const failureOf = (id: DestinationId): RegExp => new RegExp(`"parking_failed"[^\\n]*parked/${id}/`);

const s3Down: Fault = {
  group: 'functions',
  name: 'S3 down while lines are to be parked',
  note: 'What cannot be parked stays in the stream, and is parked when S3 is back. Duplicates: none, since nothing was taken.',
  run: (scale) =>
    onStage({ destinations: scale === 'small' ? ONE : HTTP }, async (stage) => {
      const goOn = join(stage.dir, 'go-on');
      for (const { id } of stage.twin.drains) {
        stage.account(id).faults.set([{ kind: 'status', status: 403, times: 0 }]);
      }
      stage.twin.s3.faults.set([{ kind: 'status', status: 503, times: 0 }]);
      const lines = { kind: 'lines', count: sized(scale, 500, 10_000), perWrite: 64 } as const;
      const agent = stage.agent({
        does: [lines, { kind: 'wait-for', file: goOn }, lines],
      });
      const failures = (id: DestinationId): number => stage.output().split(failureOf(id)).length - 1;
      await until(() => stage.twin.drains.every(({ id }) => failures(id) > 0));
      assert.deepEqual(reasonsParked(stage), []);
      stage.twin.s3.faults.set([]);
      writeFileSync(goOn, '');
      assert.equal(await agent.ended, 0);
      await stage.settled();
      assertAllParked(stage);
      setRules(stage, {});
      stage.faultEnds();
      await stage.redriveAll();
    }),
};

export const AWS_FAULTS: readonly Fault[] = [secretsDown, secretsSlow, rotated, rotatedLate, removed, s3Down];
