import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { STDOUT } from '../../shared/record/format.ts';
import type { Summary } from '../../shipper/summary.ts';
import { ACCEPT, HANG } from '../helpers/aws/fake-kinesis.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import { agentLines } from '../helpers/shipper/process.ts';

const world = useShipper();

/** Says that it is there, and what it does at SIGTERM. */
const agent = (atTerm: string): readonly string[] => [
  'sh',
  '-c',
  `trap '${atTerm}' TERM; echo ready; while :; do sleep 0.05; done`,
];

describe('the end of log-drain run', () => {
  it('is ours when the agent ends soon after SIGTERM, though nothing can be sent: it says so', async () => {
    world.kinesis.behave(HANG);
    const args = ['run', '--drain-timeout', '10m', '--grace', '1s', '--', ...agent('echo bye; exit 3')];
    const shipper = world.start({ args });
    await vi.waitFor(() => expect(shipper.stdout()).toBe('ready\n'), 30_000);

    shipper.child.kill('SIGTERM');

    expect(await shipper.ended).toBe(3);
    expect(shipper.stderr()).toMatch(
      /^log-drain: \d lines were not sent: the time that --grace leaves after a signal was over$/m,
    );
  });

  it('comes at once at a second signal, and says so', async () => {
    world.kinesis.behave(HANG);
    const args = ['run', '--drain-timeout', '10m', '--grace', '10m', '--', ...agent('echo bye; exit 3')];
    const shipper = world.start({ args });
    await vi.waitFor(() => expect(shipper.stdout()).toBe('ready\n'), 30_000);

    shipper.child.kill('SIGTERM');
    await vi.waitFor(() => expect(shipper.stdout()).toBe('ready\nbye\n'), 30_000);
    const again = setInterval(() => shipper.child.kill('SIGINT'), 500);
    const code = await shipper.ended;
    clearInterval(again);

    expect([3, 'SIGINT']).toContain(code);
    expect(shipper.stderr()).toMatch(/lines were not sent: a second signal asked to end at once$/m);
  });

  it('waits in full for Kinesis behind an agent that has outlived the time', async () => {
    world.kinesis.behave(HANG);
    const args = [
      'run',
      '--grace',
      '10ms',
      '--drain-timeout',
      '10m',
      '--',
      ...agent('sleep 1; echo bye; exit 0'),
    ];
    const shipper = world.start({ args });
    await vi.waitFor(() => expect(shipper.stdout()).toBe('ready\n'), 30_000);

    shipper.child.kill('SIGTERM');
    await vi.waitFor(() => expect(shipper.stdout()).toBe('ready\nbye\n'), 30_000);
    world.kinesis.behave(ACCEPT);

    expect(await shipper.ended).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['ready', 'bye']);
  });

  it('tells the sum of what was dropped', async () => {
    world.kinesis.behave(HANG);
    const summaryFile = join(world.dir, 'summary.json');
    const flags = ['--no-tee', '--buffer-bytes', '2MiB', '--max-wait', '0', '--drain-timeout', '1s'];
    const command = ['sh', '-c', 'head -c 30000000 /dev/urandom | base64 -w 99'];
    const shipper = world.start({ args: ['run', ...flags, '--summary-file', summaryFile, '--', ...command] });

    expect(await shipper.ended).toBe(0);
    const { dropped, copy_missing } = JSON.parse(await readFile(summaryFile, 'utf8')) as Summary;
    expect(dropped).toBeGreaterThan(0);
    // Our own last messages are none of the agent's bytes.
    expect(copy_missing).toEqual({ stdout: 0, stderr: 0 });
    expect(shipper.stderr()).toMatch(new RegExp(`^log-drain: ${dropped} lines were dropped in all`, 'm'));
  });

  it('begins a line of its own behind what the agent has not ended', async () => {
    world.kinesis.behave(HANG);
    const command = ['sh', '-c', 'printf "password: " >&2'];
    const shipper = world.start({ args: ['run', '--drain-timeout', '100ms', '--', ...command] });

    await shipper.ended;

    expect(shipper.stderr()).toMatch(/^password: \nlog-drain: \d lines were not sent/);
  });
});
