import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Agent, AgentOptions } from '../../stage/agent.ts';
import { lacksControlGroups, openControlGroup, playIn } from '../../stage/control-group.ts';
import { type Fault, type Scale, sized } from '../../stage/fault.ts';
import { noisyLines } from '../../stage/noise.ts';
import { onStage, type Stage } from '../../stage/stage.ts';
import { exists, until } from '../../stage/watch.ts';

// What a container's runtime does to all that is in it.

const MIB = 1024 * 1024;

/** `docker stop`: SIGTERM to the first process, and SIGKILL ten seconds later. */
async function stopAsDocker({ shipper, ended }: Agent): Promise<number | NodeJS.Signals> {
  shipper.kill('SIGTERM');
  const gone = new AbortController();
  const kill = wait(10_000, undefined, { signal: gone.signal }).then(
    () => shipper.kill('SIGKILL'),
    () => false,
  );
  const end = await ended;
  gone.abort();
  await kill;
  return end;
}

function stopWhileKinesisHangs(scale: Scale): ReturnType<Fault['run']> {
  return onStage({}, async (stage) => {
    stage.twin.kinesis.faults.set([{ kind: 'hang', times: 0 }]);
    const written = join(stage.dir, 'written');
    const agent = stage.agent({
      does: [
        { kind: 'lines', count: sized(scale, 5_000, 100_000), perWrite: 64 },
        { kind: 'tell', file: written },
        { kind: 'wait', ms: 3_600_000 },
      ],
      // An agent that ends in good order at SIGTERM, as one does whose calls are over soon.
      through: ['sh', '-c', `trap 'kill -9 $!; exit 5' TERM; "$@" & wait`, 'sh'],
    });
    await exists(written);
    assert.equal(await stopAsDocker(agent), 5, 'exit code');
    const summary = agent.summary();
    assert(summary !== undefined && summary.unsent > 0, 'nothing was left');
    assert.match(stage.output(), /lines were not sent/);
    stage.twin.kinesis.faults.set([]);
    await stage.settled();
  });
}

/** An agent that takes next to no memory itself. */
function noisyShell({ dir, marker }: Stage, times: number): AgentOptions['does'] {
  const file = join(dir, 'noise');
  const chunk = noisyLines(marker);
  writeFileSync(file, chunk);
  const script = 'i=0; while [ $i -lt "$2" ]; do cat "$1"; sleep 0.02; i=$((i + 1)); done';
  return {
    command: ['sh', '-c', script, 'sh', file, String(times)],
    writes: function* () {
      for (let i = 0; i < times; i += 1) yield { stream: 'stdout', chunk };
    },
  };
}

/** More than all of our buffers hold, while nothing can be sent; then Kinesis is well again. */
function outageInContainer(scale: Scale): ReturnType<Fault['run']> {
  return onStage({}, (stage) =>
    playIn(openControlGroup(160 * MIB), async (group) => {
      stage.twin.kinesis.faults.set([{ kind: 'hang', times: 0 }]);
      const agent = stage.agent({ group, does: noisyShell(stage, sized(scale, 60, 200)) });
      await Promise.race([
        once(agent.shipper, 'exit'),
        until(() => /lines were dropped/.test(stage.output())),
      ]);
      stage.twin.kinesis.faults.set([]);
      assert.equal(await agent.ended, 0);
      assert.equal(group.killed(), 0, 'processes were killed');
      assert((agent.summary()?.dropped ?? 0) > 0, 'nothing was dropped');
      await stage.settled();
      stage.remark(`Agent and shipper together took ${Math.round(group.peakBytes() / MIB)} MiB at most.`);
    }),
  );
}

export const CONTAINER_SURROUNDINGS: readonly Fault[] = [
  {
    group: 'shipper',
    name: 'a container that is stopped while Kinesis never answers',
    note: "SIGTERM, and SIGKILL ten seconds later, as `docker stop` does. The end is ours: it says what was not sent, and the exit code is the agent's.",
    run: stopWhileKinesisHangs,
  },
  {
    group: 'shipper',
    name: 'an outage in a container of 160 MiB',
    note: 'Agent, shipper and sender in a control group of their own; no call is answered until lines have been dropped.',
    lacks: lacksControlGroups,
    run: outageInContainer,
  },
];
