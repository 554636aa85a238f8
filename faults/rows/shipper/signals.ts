import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { childPids, senderPids } from '../../../test/helpers/shipper/process.ts';
import type { Agent } from '../../stage/agent.ts';
import { lacksCpuGroups, openCpuGroup, playIn } from '../../stage/control-group.ts';
import { type Fault, type Scale, sized } from '../../stage/fault.ts';
import { onStage, type Stage } from '../../stage/stage.ts';
import { exists, isAlive, until } from '../../stage/watch.ts';

// Signals that supervisors send: the agent ends its calls at the first, and is cut off by a second.

/** A shell that drains for a second, and exits with 1 where it is asked twice. */
const DRAINS = `
  asked=0
  trap 'asked=$((asked + 1)); [ $asked -lt 2 ] || exit 1' TERM INT
  echo "$1 ready"; : > "$2"
  while [ $asked = 0 ]; do sleep 0.05; done 2> /dev/null
  steps=0; while [ $steps -lt 20 ]; do sleep 0.05; steps=$((steps + 1)); done 2> /dev/null
  echo "$1 drained"
`;

/** Who gets it. */
const WAYS = {
  group: ({ pid = 0 }) => process.kill(-pid, 'SIGTERM'),
  alone: ({ pid = 0 }) => process.kill(pid, 'SIGTERM'),
  each: ({ pid = 0 }) => {
    for (const one of [pid, ...childPids(pid)]) if (isAlive(one)) process.kill(one, 'SIGTERM');
  },
} satisfies Readonly<Record<string, (shipper: Agent['shipper']) => void>>;

interface Draining {
  readonly agent: Agent;
  /** Resolves when it waits for a signal. */
  readonly ready: Promise<void>;
}

function draining({ agent, dir, marker }: Stage, name: string, start: readonly string[]): Draining {
  const ready = join(dir, `ready-${name}`);
  return {
    agent: agent({
      workerId: name,
      // A group of its own, as a supervisor makes it.
      group: { start: ['setsid', ...start] },
      does: {
        command: ['sh', '-c', DRAINS, 'sh', marker, ready],
        writes: () =>
          ['ready', 'drained'].map((word) => ({
            stream: 'stdout',
            chunk: Buffer.from(`${marker} ${word}\n`),
          })),
      },
    }),
    ready: exists(ready),
  };
}

async function signalAndDrain(stage: Stage, name: string, start: readonly string[] = []): Promise<void> {
  for (const [way, signal] of Object.entries(WAYS)) {
    const { agent, ready } = draining(stage, `${name}-${way}`, start);
    await ready;
    // The last of its processes to be started.
    await until(() => senderPids({ child: agent.shipper }).length > 0);
    signal(agent.shipper);
    assert.equal(await agent.ended, 0, `the drain was cut: ${way}`);
  }
}

function signalsToAll(scale: Scale): ReturnType<Fault['run']> {
  return onStage({}, async (stage) => {
    const rounds = Array.from({ length: sized(scale, 2, 20) }, (_, round) => String(round));
    for (const round of rounds) await signalAndDrain(stage, round);
    await stage.settled();
  });
}

function signalsOnLittleCpu(scale: Scale): ReturnType<Fault['run']> {
  return onStage({}, (stage) =>
    playIn(openCpuGroup(0.1), async ({ start }) => {
      for (let round = 0; round < sized(scale, 1, 5); round += 1) {
        await signalAndDrain(stage, String(round), start);
      }
      await stage.settled();
    }),
  );
}

export const SIGNALS: readonly Fault[] = [
  {
    group: 'shipper',
    name: 'SIGTERM to the whole group, to the shipper alone, to each process',
    note: 'The agent drains for a second at the first signal and is cut off by a second one, which never comes.',
    run: signalsToAll,
  },
  {
    group: 'shipper',
    name: 'the same on a tenth of a processor',
    note: 'Agent, shipper, sender and witness share it.',
    lacks: lacksCpuGroups,
    run: signalsOnLittleCpu,
  },
];
