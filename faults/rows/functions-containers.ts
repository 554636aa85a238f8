import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DestinationId } from '../../lambdas/registry.ts';
import { signal } from '../conditions/containers.ts';
import { ALL, ONE, THREE } from '../conditions/destinations.ts';
import { type Fault, type Scale, sized } from '../stage/fault.ts';
import { onStage, type Stage } from '../stage/stage.ts';
import { until } from '../stage/watch.ts';
import { writes } from '../stage/writes.ts';

const of = (scale: Scale): readonly DestinationId[] => (scale === 'small' ? ONE : ALL);

/** Does something to a function's processes in the middle of an invocation: just when the service has taken lines. */
function strikes(times: number, everyLines: number, strike: (pids: readonly number[]) => void) {
  const met = new Map<DestinationId, { lines: number; strikes: number }>();
  const struck = new Set<number>();
  let stage: Stage | undefined;
  return {
    begin: (on: Stage) => {
      stage = on;
    },
    onAccepted: (id: DestinationId) => {
      const one = met.get(id) ?? { lines: 0, strikes: 0 };
      met.set(id, one);
      one.lines += 1;
      if (stage === undefined || one.strikes >= times || one.lines < (one.strikes + 1) * everyLines) return;
      // One that is dying is still in the list.
      const pids = stage
        .drain(id)
        .function.pids()
        .filter((pid) => !struck.has(pid));
      if (pids.length === 0) return;
      for (const pid of pids) struck.add(pid);
      one.strikes += 1;
      strike(pids);
    },
    count: (id: DestinationId) => met.get(id)?.strikes ?? 0,
  };
}

const killed: Fault = {
  group: 'functions',
  name: 'container killed in mid-invocation',
  note: 'Duplicates: the container is killed just when the service has taken a request, so nothing remembers it.',
  run: (scale) => {
    const times = sized(scale, 2, 4);
    const kills = strikes(times, 1_000, (pids) => signal(pids, 'SIGKILL'));
    const destinations = scale === 'small' ? ONE : THREE;
    return onStage({ destinations, onAccepted: kills.onAccepted }, async (stage) => {
      kills.begin(stage);
      const count = sized(scale, 4_000, 8_000);
      const agent = stage.agent({ does: [{ kind: 'lines', count, perWrite: 20, rate: 4_000 }] });
      assert.equal(await agent.ended, 0);
      stage.faultEnds();
      await stage.settled();
      for (const { id, mapping, function: hosted } of stage.twin.drains) {
        assert.equal(kills.count(id), times, `${id}: was killed`);
        assert.ok(mapping.counters.errors >= times, `${id}: the mapping saw the crashes`);
        assert.ok(hosted.counters.coldStarts > times, `${id}: was started again`);
      }
    });
  },
};

const timedOut: Fault = {
  group: 'functions',
  name: 'function stands still and is timed out',
  note: 'Its process is stopped in the middle of an invocation until Lambda ends it. Duplicates: what the service had taken by then.',
  run: (scale) => {
    const times = sized(scale, 1, 2);
    const stops = strikes(times, 1_000, (pids) => signal(pids, 'SIGSTOP'));
    const options = {
      destinations: scale === 'small' ? ONE : THREE,
      functions: { timeoutMs: 4_000 },
      onAccepted: stops.onAccepted,
    };
    return onStage(options, async (stage) => {
      stops.begin(stage);
      const agent = stage.agent({ does: [{ kind: 'lines', count: 4_000, perWrite: 20, rate: 4_000 }] });
      assert.equal(await agent.ended, 0);
      await stage.settled();
      for (const { id, mapping } of stage.twin.drains) {
        assert.equal(stops.count(id), times, `${id}: was stopped`);
        assert.ok(mapping.counters.errors >= times, `${id}: the mapping saw the timeouts`);
      }
    });
  },
};

const hanging: Fault = {
  group: 'functions',
  name: 'service hangs, the function has little time',
  note: 'A function of 5 s reports in time, and is never cut off.',
  run: (scale) =>
    onStage({ destinations: of(scale), functions: { timeoutMs: 5_000 } }, async (stage) => {
      const times = sized(scale, 1, 3);
      for (const { id } of stage.twin.drains) stage.account(id).faults.set([{ kind: 'hang', times }]);
      await writes(stage, sized(scale, 2_000, 20_000));
      for (const { id, mapping, function: hosted } of stage.twin.drains) {
        assert.equal(stage.account(id).faults.next(), undefined, `${id}: has hung`);
        assert.equal(mapping.counters.errors, 0, `${id}: no invocation was cut off`);
        assert.equal(hosted.counters.coldStarts, 1);
      }
    }),
};

const cold: Fault = {
  group: 'functions',
  name: 'cold container for each invocation',
  note: 'A receiver fails now and then, so that a batch is repeated by a container that knows nothing of the first try; duplicates are what was taken before.',
  run: (scale) =>
    onStage(
      { destinations: of(scale), functions: { alwaysCold: true }, mapping: { batchSize: 2 } },
      async (stage) => {
        for (const { id } of stage.twin.drains) {
          stage.account(id).faults.set([{ kind: 'reset', when: 'after', after: 2, times: 2 }]);
        }
        const steps = sized(scale, 3, 8);
        const turn = (n: number): string => join(stage.dir, `turn-${n}`);
        const does = Array.from({ length: steps }, (_, n) => [
          { kind: 'lines', count: 500, perWrite: 50 } as const,
          { kind: 'wait-for', file: turn(n) } as const,
        ]).flat();
        const agent = stage.agent({ does });
        // What is written in each turn has an invocation of its own, however slow the machine is.
        for (let n = 0; n < steps; n += 1) {
          await until(() => stage.twin.drains.every((drain) => drain.function.counters.invocations > n));
          writeFileSync(turn(n), '');
        }
        assert.equal(await agent.ended, 0);
        await stage.settled();
        for (const { id, function: hosted } of stage.twin.drains) {
          assert.ok(hosted.counters.invocations >= 3, `${id}: was invoked often`);
          assert.equal(hosted.counters.coldStarts, hosted.counters.invocations, `${id}: was always cold`);
          assert.equal(stage.account(id).faults.next(), undefined, `${id}: has failed`);
        }
      },
    ),
};

const twoAtOnce: Fault = {
  group: 'functions',
  name: 'two containers at once on a shard',
  note: 'Each remembers what it has delivered, not what the other has. Duplicates: requests that were taken without an answer, and what a repeated batch held that the other container had delivered.',
  run: (scale) =>
    onStage(
      { destinations: of(scale), mapping: { parallelizationFactor: 2, batchSize: 4 } },
      async (stage) => {
        for (const { id } of stage.twin.drains) {
          stage.account(id).faults.set([
            { kind: 'reset', when: 'after', after: sized(scale, 0, 3), times: sized(scale, 1, 2) },
            { kind: 'status', status: 503, times: sized(scale, 2, 12) },
          ]);
        }
        // Of different lanes, by the hashes of their names.
        const workers = scale === 'small' ? ['W1', 'W2'] : ['W0', 'W1', 'W2', 'W3'];
        const agents = workers.map((workerId) =>
          stage.agent({
            workerId,
            does: [
              {
                kind: 'lines',
                count: sized(scale, 1_000, 20_000),
                perWrite: 20,
                rate: sized(scale, 1_000, 5_000),
              },
            ],
          }),
        );
        for (const { ended } of agents) assert.equal(await ended, 0);
        await stage.settled();
        for (const { id, function: hosted } of stage.twin.drains) {
          assert.ok(hosted.counters.coldStarts >= 2, `${id}: two containers were at work`);
          assert.equal(stage.account(id).faults.next(), undefined, `${id}: has failed`);
        }
      },
    ),
};

export const CONTAINER_FAULTS: readonly Fault[] = [killed, timedOut, hanging, cold, twoAtOnce];
