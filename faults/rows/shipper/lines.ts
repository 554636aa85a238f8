import { strict as assert } from 'node:assert';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSpoolFile } from '../../../shipper/sender/spool/spool-file.ts';
import { ACCEPT, DOWN, type FakeKinesis, startFakeKinesis } from '../../../test/helpers/aws/fake-kinesis.ts';
import { arrivedLines, senderPids } from '../../../test/helpers/shipper/process.ts';
import { takenOnce } from '../../checks/taken-once.ts';
import type { Agent } from '../../stage/agent.ts';
import { type Fault, type Scale, sized } from '../../stage/fault.ts';
import type { Step, Write } from '../../stage/plan.ts';
import { onStage, type Stage } from '../../stage/stage.ts';
import { isAlive, until } from '../../stage/watch.ts';

const bytes = (text: string): Step => ({ kind: 'bytes', base64: Buffer.from(text).toString('base64') });
const wait = (ms: number): Step => ({ kind: 'wait', ms });

/** A line that is written over and over without an end, as a progress bar is. */
const progressBar = (steps: number): readonly Step[] =>
  Array.from({ length: steps }, (_, n) => [
    bytes(`\rloading ${n} of ${steps} ${'#'.repeat(n)}`),
    wait(250),
  ]).flat();

/** Lines in all records of a spool. */
function linesIn(spool: string): number {
  if (!existsSync(spool)) return 0;
  const names = readdirSync(spool, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.rec'))
    .reduce((sum, name) => sum + (decodeSpoolFile(readFileSync(join(spool, name)))?.lines ?? 0), 0);
}

/** Waits until the agent has killed its shipper and the sender, told to do so by the gate, and both are gone. */
async function killed(agents: readonly Agent[], gate: string): Promise<void> {
  const senders = agents.flatMap(({ shipper }) => senderPids({ child: shipper }));
  assert.equal(senders.length, agents.length, 'each shipper has a sender');
  writeFileSync(gate, '');
  for (const { ended } of agents) assert.equal(await ended, 'SIGKILL');
  await until(() => !senders.some(isAlive));
}

/** Agents with lines that have no end for a while: to the end, and in an outage until a kill. */
async function withoutEnd(stage: Stage, scale: Scale): Promise<void> {
  const { faults } = stage.twin.kinesis;
  const [spool, gate] = ['spool', 'gate'].map((name) => join(stage.dir, name)) as [string, string];
  const steps = sized(scale, 30, 120);
  const living = stage.agent({
    workerId: 'W1',
    does: [
      { kind: 'lines', count: 100 },
      bytes('licence server? '),
      { kind: 'lines', count: 100, stream: 'stderr' },
      wait(sized(scale, 6_000, 12_000)),
      bytes('found\n'),
      bytes('only its end is missing'),
      wait(6_000),
      bytes('\r\n'),
      ...progressBar(steps),
      { kind: 'lines', count: 100 },
      bytes('no end at all'),
    ],
  });
  assert.equal(await living.ended, 0);
  await stage.settled();

  faults.set([{ kind: 'status', status: 503, times: 0 }]);
  const hanging = stage.agent({
    workerId: 'W2',
    flags: ['--spool', spool],
    does: [
      { kind: 'lines', count: 10 },
      bytes('giving up in 60 s...'),
      { kind: 'wait-for', file: gate },
      { kind: 'kill-shipper', sender: true },
    ],
  });
  // The lines, the part, and that it has started.
  await until(() => linesIn(spool) === 12);
  await killed([hanging], gate);
  faults.set([]);
  const next = stage.agent({
    workerId: 'W3',
    flags: ['--spool', spool],
    does: [{ kind: 'lines', count: 1 }],
  });
  assert.equal(await next.ended, 0);
  await stage.settled();
}

/** Texts of the lines that an agent writes. */
function textsOf(writes: Iterable<Write>): readonly string[] {
  const chunks = [...writes].map(({ chunk }) => chunk);
  return Buffer.concat(chunks).toString().split('\n').slice(0, -1);
}

/** Two shippers for two streams share a spool, are killed in an outage of both, and others take over what they left. */
async function twoStreams(stage: Stage, scale: Scale, other: FakeKinesis): Promise<void> {
  const { faults } = stage.twin.kinesis;
  const [spool, gate] = ['spool', 'gate'].map((name) => join(stage.dir, name)) as [string, string];
  const count = sized(scale, 500, 20_000);
  /** What is for the other stream is counted here, not by the stage. */
  const elsewhere = {
    flags: ['--spool', spool, '--stream', 'other-stream', '--no-events'],
    env: { AWS_ENDPOINT_URL_KINESIS: other.endpoint },
    isRepeat: true,
  };
  const here = { flags: ['--spool', spool] };
  const does: readonly Step[] = [
    { kind: 'lines', count, perWrite: 10 },
    { kind: 'wait-for', file: gate },
    { kind: 'kill-shipper', sender: true },
  ];

  faults.set([{ kind: 'status', status: 503, times: 0 }]);
  other.behave(DOWN);
  const [one, two] = [
    stage.agent({ workerId: 'W1', does, ...here }),
    stage.agent({ workerId: 'W2', does, ...elsewhere }),
  ];
  await until(() => linesIn(spool) === 2 * count + 1);
  await killed([one, two], gate);
  faults.set([]);
  other.behave(ACCEPT);

  // The first one finds the records of both.
  const single: readonly Step[] = [{ kind: 'lines', count: 1 }];
  assert.equal(await stage.agent({ workerId: 'W3', does: single, ...here }).ended, 0);
  assert.match(stage.output(), /are for another stream: start a shipper with --stream other-stream /);
  assert.equal(other.taken.length, 0);
  const last = stage.agent({ workerId: 'W4', does: single, ...elsewhere });
  assert.equal(await last.ended, 0);
  assert.deepEqual(
    arrivedLines(other).map(({ text }) => text),
    [...textsOf(two.writes()), ...textsOf(last.writes())],
  );
  await stage.settled();
}

export const LINE_FAULTS: readonly Fault[] = [
  {
    group: 'shipper',
    name: 'lines without an end, and kill -9 while one is open',
    note: 'A prompt, a progress bar, a last line without an end: each is sent in parts when it is 5 s old, which count one by one. In an outage they are in the spool by then, and the next start sends them.',
    run: (scale) => {
      const parts = new Set<string>();
      const onAccepted = (
        _: string,
        { worker, text }: { readonly worker: string; readonly text: string },
      ): void => {
        if (worker === 'W1' && text.includes('\rloading')) parts.add(text);
      };
      return onStage({ onAccepted }, async (stage) => {
        await withoutEnd(stage, scale);
        // One every 5 s, where it is written four times a second.
        assert(
          parts.size > 1 && parts.size < sized(scale, 30, 120) / 3,
          `the bar came in ${parts.size} lines`,
        );
        stage.remark(
          `The progress bar, written ${sized(scale, 30, 120)} times, came in ${parts.size} lines.`,
        );
      });
    },
  },
  {
    group: 'shipper',
    name: 'kill -9 of two shippers for two streams that share a spool',
    note: 'The next start for one of the streams sends what was for that stream, and says that something is there for the other one. Lines of the other stream are compared in the row itself, and not counted here.',
    run: async (scale) => {
      const other = await startFakeKinesis();
      try {
        return takenOnce(await onStage({}, (stage) => twoStreams(stage, scale, other)));
      } finally {
        await other.close();
      }
    },
  },
];
