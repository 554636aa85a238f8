import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { STDOUT } from '../../shared/record/format.ts';
import type { Summary } from '../../shipper/summary.ts';
import { HANG } from '../helpers/aws/fake-kinesis.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import { agentLines, eventNames } from '../helpers/shipper/process.ts';

const world = useShipper();

const ship = (args: readonly string[], stdin: string | Buffer) =>
  world.start({ args: ['ship', ...args], stdin });

describe('log-drain ship', () => {
  it('ships stdin to its end and says nothing', async () => {
    const shipper = ship(['--stream', 'other', '--agent-id', 'CA_a', '--worker-id', 'W2'], 'one\n\nthree');

    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one', '', 'three']);
    expect(eventNames(world.kinesis)).toEqual([]);
    expect(world.kinesis.calls[0]?.body).toMatchObject({
      StreamName: 'other',
      Records: [{ PartitionKey: 'W2' }],
    });
    expect([shipper.stdout(), shipper.stderr()]).toEqual(['', '']);
  });

  it('has nothing to send if there is nothing to read', async () => {
    const code = await ship([], '').ended;

    expect(code).toBe(0);
    expect(world.kinesis.calls).toHaveLength(0);
  });

  it('stops reading while its buffer is full and loses nothing', async () => {
    world.kinesis.behave(() => ({ kind: 'accept', delayMs: 30 }));
    const lines = Array.from(
      { length: 60_000 },
      (_, at) => `${at} ${Math.random()}${Math.random()}${Math.random()}`,
    );

    const code = await ship(['--buffer-bytes', '2MiB'], `${lines.join('\n')}\n`).ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(lines);
  });

  it('makes calls of 4 MiB once each', async () => {
    const lines = Array.from({ length: 8_000 }, () => randomBytes(3_000).toString('base64'));
    // While the first call is under way there is none beside it that is not full.
    world.kinesis.behave((call) => ({ kind: 'accept', delayMs: call === 0 ? 3_000 : 0 }));

    const code = await ship([], `${lines.join('\n')}\n`).ended;

    expect(code).toBe(0);
    expect(Math.max(...world.kinesis.calls.map(({ bytes }) => bytes))).toBeGreaterThan(3 * 1024 * 1024);
    expect(world.kinesis.calls.reduce((sum, { records }) => sum + records, 0)).toBe(
      world.kinesis.taken.length,
    );
    expect(new Set(world.kinesis.taken.map((data) => data.subarray(0, 200).toString('hex'))).size).toBe(
      world.kinesis.taken.length,
    );
    expect(agentLines(world.kinesis, STDOUT).length).toBe(lines.length);
  });

  it('ends with 1 and the number of lines that were lost', async () => {
    world.kinesis.behave(HANG);

    const shipper = ship(['--drain-timeout', '500ms'], 'one\ntwo\n');
    const code = await shipper.ended;

    expect(code).toBe(1);
    expect(shipper.stderr()).toMatch(/^log-drain: 2 lines were not sent/m);
  });

  it('sends what it read when it is signalled twice within a moment, as by timeout(1)', async () => {
    world.kinesis.behave(() => ({ kind: 'accept', delayMs: 1_500 }));
    const producer = 'i=0; while :; do i=$((i + 1)); echo $i; sleep 0.01; done';
    const signalTwice = 'p=$!; sleep 2; kill -TERM $p; sleep 0.02; kill -TERM $p; wait $p;';
    const summaryFile = join(world.dir, 'summary.json');
    const shipper = world.start({
      through: ['sh', '-c', `(${producer}) | { exec 3<&0; "$@" <&3 & ${signalTwice} }`, 'sh'],
      args: ['ship', '--summary-file', summaryFile],
    });

    await shipper.ended;

    // The sender may have ended by the signal too, if it was about to start.
    expect(shipper.stderr()).not.toContain('not sent');
    const { lines, unsent } = JSON.parse(await readFile(summaryFile, 'utf8')) as Summary;
    expect(unsent).toBe(0);
    expect(lines.stdout).toBeGreaterThan(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(
      Array.from({ length: lines.stdout }, (_, at) => `${at + 1}`),
    );
  });

  it('ends its reading at SIGINT and sends what it read', async () => {
    const args = ['ship', '--linger', '100ms'];
    const shipper = world.start({ args, stdin: { leftOpen: true } });
    shipper.child.stdin?.write('one\ntwo\nthr');
    await vi.waitFor(() => expect(world.kinesis.taken).toHaveLength(1), 30_000);

    shipper.child.kill('SIGINT');
    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one', 'two', 'thr']);
  });

  it.each([
    [['--agent-id', 'default'], '--agent-id is no agent id'],
    [['--stream', 'a b'], '"a b" is neither the name nor the ARN of a Kinesis stream'],
    [['--nonsense'], 'unknown option --nonsense'],
  ])('ends with 2 and one line for %j', async (args, problem) => {
    const shipper = ship(args, 'one\n');

    const code = await shipper.ended;

    expect(code).toBe(2);
    expect(shipper.stderr()).toMatch(/^log-drain: [^\n]+\. Try 'log-drain ship --help'\.\n$/);
    expect(shipper.stderr()).toContain(problem);
    expect(world.kinesis.calls).toHaveLength(0);
  });
});
