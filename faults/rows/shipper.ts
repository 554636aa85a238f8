import { strict as assert } from 'node:assert';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childPids, commandLine, senderPids } from '../../test/helpers/shipper/process.ts';
import { holdsRecords } from '../conditions/spooled.ts';
import type { Agent } from '../stage/agent.ts';
import { type Fault, type Scale, sized } from '../stage/fault.ts';
import type { Step } from '../stage/plan.ts';
import { onStage, type Stage } from '../stage/stage.ts';
import { exists, until } from '../stage/watch.ts';

const SENDER_FAULT = fileURLToPath(
  new URL('../../test/shipper/sender-process/sender-fault.cjs', import.meta.url),
);

/** One agent for each way in which a sender can die by itself. */
function crash(scale: Scale): ReturnType<Fault['run']> {
  return onStage({}, async (stage) => {
    const times = sized(scale, 1, 2);
    const agents = ['exception', 'rejection', 'growing-map', 'exit'].map((fault) => {
      const dir = join(stage.dir, fault);
      mkdirSync(dir);
      const agent = stage.agent({
        workerId: fault,
        does: [
          {
            kind: 'lines',
            count: sized(scale, 2_000, 20_000),
            rate: sized(scale, 2_000, 4_000),
            perWrite: 10,
          },
        ],
        senderPreload: SENDER_FAULT,
        env: {
          SENDER_FAULT: fault,
          SENDER_FAULT_TIMES: String(times),
          SENDER_FAULT_DIR: dir,
        },
      });
      return { agent, dir };
    });
    for (const { agent, dir } of agents) {
      assert.equal(await agent.ended, 0);
      assert.equal(readdirSync(dir).length, times);
    }
    // What a shipper said may be read after its end. A sender that is busy with its memory for long does not answer, and
    // is killed for that.
    await until(() => /the sending process ended \((?:.+, out of memory|SIGKILL)\)/.test(stage.output()));
    await stage.settled();
  });
}

/** Whenever there is a sender that has made two calls, it is killed: each time with others in hand. */
async function killSenders({ shipper }: Agent, { twin }: Stage, times: number): Promise<void> {
  const killed = new Set<number>();
  while (killed.size < times) {
    const { calls } = twin.kinesis.counters;
    const [pid] = senderPids({ child: shipper }).filter((one) => !killed.has(one));
    await until(() => pid === undefined || twin.kinesis.counters.calls >= calls + 2);
    if (pid === undefined) continue;
    process.kill(pid, 'SIGKILL');
    killed.add(pid);
  }
}

/** An agent that takes no notice of SIGTERM and writes on. */
const steadfast = (count: number, rest: readonly Step[] = []): Step[] => [
  { kind: 'ignore', signal: 'SIGTERM' },
  { kind: 'lines', count, perWrite: 10 },
  ...rest,
];

/** Ends it by SIGTERM, once and, for those who are in a hurry, once more. */
async function terminate({ shipper, ended }: Agent, code: number): Promise<void> {
  shipper.kill('SIGTERM');
  assert.equal(await ended, code);
}

/** Its shipper knows it too: until then the agent is among its children, without a command when it has ended. */
function agentIsGone({ shipper, writingMs }: Agent): Promise<void> {
  const isSender = (pid: number): boolean => commandLine(pid).includes('sender.mjs');
  return until(() => writingMs() !== undefined && childPids(shipper.pid).every(isSender));
}

function terminateInEveryPhase(scale: Scale): ReturnType<Fault['run']> {
  return onStage({}, async (stage) => {
    const { faults } = stage.twin.kinesis;
    const count = sized(scale, 2_000, 50_000);

    const silent = stage.agent({ workerId: 'W1', does: { command: ['sleep', '600'], writes: () => [] } });
    await until(() => childPids(silent.shipper.pid).length > 0 && stage.twin.kinesis.counters.calls > 0);
    await terminate(silent, 128 + 15);

    const begun = join(stage.dir, 'begun');
    const writing: Step[] = [
      { kind: 'tell', file: begun },
      { kind: 'lines', count, perWrite: 10, rate: count },
    ];
    const bursting = stage.agent({ workerId: 'W2', does: steadfast(count, writing) });
    await exists(begun);
    await terminate(bursting, 0);

    faults.set([{ kind: 'delay', ms: 1_000, times: 2 }]);
    const draining = stage.agent({ workerId: 'W3', does: steadfast(count) });
    await agentIsGone(draining);
    await terminate(draining, 0);

    faults.set([{ kind: 'hang', times: 0 }]);
    const soon = ['--drain-timeout', '2s'];
    const spool = join(stage.dir, 'spool');
    const flags = ['--spool', spool];
    const isSpooled = join(stage.dir, 'spooled');
    // The 2 s begin with the agent's end: a sender that has yet to start might need them for that.
    const waiting: Step[] = [{ kind: 'wait-for', file: isSpooled }];
    const spooling = stage.agent({
      workerId: 'W6',
      does: steadfast(count, waiting),
      flags: [...flags, ...soon],
    });
    await until(() => holdsRecords(spool));
    const hanging = stage.agent({ workerId: 'W4', does: steadfast(count), flags: soon });
    const hurried = stage.agent({ workerId: 'W5', does: steadfast(count) });
    writeFileSync(isSpooled, '');
    await Promise.all([hanging, hurried, spooling].map(agentIsGone));
    // Another signal than the next: two that are alike become one while the first is pending.
    hurried.shipper.kill('SIGINT');
    await Promise.all([hanging, hurried, spooling].map((agent) => terminate(agent, 0)));
    faults.set([]);
    const next = stage.agent({ workerId: 'W7', does: [{ kind: 'lines', count: 1 }], flags });
    assert.equal(await next.ended, 0);
    await stage.settled();

    const counts = [hanging, hurried, spooling].map((agent) => {
      const { unsent = 0, spooled = 0 } = agent.summary() ?? {};
      return [unsent > 0, spooled > 0];
    });
    assert.deepEqual(counts, [
      [true, false],
      [true, false],
      [false, true],
    ]);
  });
}

export const SHIPPER_FAULTS: readonly Fault[] = [
  {
    group: 'shipper',
    name: 'SIGTERM in every phase',
    note: "Before the agent's first word, during a burst, while draining, and with a Kinesis that never answers: once with --drain-timeout 2s, once with a second SIGTERM, which say at the end what was not sent, and once with a spool, from which the next start sends it.",
    run: terminateInEveryPhase,
  },
  {
    group: 'shipper',
    name: 'the sender crashes or runs out of memory',
    note: 'By an exception, a rejected promise, an endless growth and an early exit. Its records go to the next one; what Kinesis had taken is in the stream twice, and functions skip it.',
    run: crash,
  },
  {
    group: 'shipper',
    name: 'kill -9 of the sender, again and again',
    note: 'While calls are under way. As above.',
    run: (scale) =>
      onStage({}, async (stage) => {
        stage.twin.kinesis.faults.set([{ kind: 'delay', ms: 100, times: 0 }]);
        const agent = stage.agent({
          does: [{ kind: 'lines', count: sized(scale, 10_000, 60_000), rate: 4_000, perWrite: 10 }],
        });
        await killSenders(agent, stage, sized(scale, 2, 4));
        assert.equal(await agent.ended, 0);
        await stage.settled();
      }),
  },
];
