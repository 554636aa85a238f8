import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STDOUT } from '../../shared/record/format.ts';
import type { Summary } from '../../shipper/summary.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import { agentLines } from '../helpers/shipper/process.ts';

const world = useShipper();

const ship = (args: readonly string[], stdin: string | Buffer) =>
  world.start({ args: ['ship', ...args], stdin });

describe('log-drain ship', () => {
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
});
