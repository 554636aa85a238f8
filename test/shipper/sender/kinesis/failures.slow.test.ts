import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { STDOUT } from '../../../../shared/record/format.ts';
import { ACCEPT, DOWN, HANG } from '../../../helpers/aws/fake-kinesis.ts';
import { useShipper } from '../../../helpers/shipper/fixture.ts';
import {
  agentLines,
  events,
  type RunningShipper,
  type ShipperRun,
  shippedLines,
} from '../../../helpers/shipper/process.ts';

const world = useShipper();

function run(script: string, more: Partial<ShipperRun> = {}): RunningShipper {
  const args = ['run', ...(more.args ?? []), '--', 'sh', '-c', script];
  return world.start({ ...more, args });
}

describe('when Kinesis', () => {
  it('refuses connections, the agent runs and ends as ever, and the loss is told', async () => {
    await world.kinesis.close();

    const shipper = run('echo one; echo two; exit 3', { args: ['--drain-timeout', '50s'] });
    await vi.waitFor(() => expect(shipper.stderr()).toContain('Kinesis cannot be reached'), 30_000);
    // The loss is certain: the second signal ends the attempts. Two of one kind could be one by the time they are read,
    // and a third could meet the shell that takes our place at the end.
    shipper.child.kill('SIGINT');
    shipper.child.kill('SIGTERM');
    const code = await shipper.ended;

    expect(code).toBe(3);
    expect(shipper.stderr()).toMatch(/^log-drain: Kinesis cannot be reached \(ECONNREFUSED\)/m);
    expect(shipper.stderr()).toMatch(/^log-drain: 4 lines were not sent: Kinesis cannot be reached/m);
  });

  it('never answers, the agent runs and ends as ever, and the loss is told', async () => {
    world.kinesis.behave(HANG);

    const shipper = run('echo one; exit 4', { args: ['--drain-timeout', '1s'] });
    const code = await shipper.ended;

    expect(code).toBe(4);
    expect(shipper.stderr()).toMatch(/^log-drain: 3 lines were not sent/m);
  });

  it('stops answering for one call, that call is made again on a new connection', async () => {
    world.kinesis.behave((call) => (call === 0 ? { kind: 'hang' } : { kind: 'accept' }));

    const code = await run('echo one', { args: ['--drain-timeout', '30s'] }).ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one']);
    expect(world.kinesis.calls.length).toBeGreaterThan(1);
  });

  it('resets connections or fails for a while, nothing is lost', async () => {
    const failures = [
      { kind: 'reset' },
      { kind: 'error', status: 500, type: 'InternalFailure' },
      { kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' },
    ] as const;
    world.kinesis.behave((call) => failures[call] ?? { kind: 'accept' });

    const code = await run('echo one', { args: ['--drain-timeout', '30s'] }).ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one']);
  });

  it('throttles part of each call, only that part is sent again and no line is lost', async () => {
    world.kinesis.behave((call, records) =>
      call % 3 === 2
        ? { kind: 'accept' }
        : { kind: 'throttle', places: [...Array(records).keys()].filter((at) => at % 2 === 0) },
    );

    const shipper = run('seq -f "%0200g" 1 40000', {
      args: ['--drain-timeout', '50s', '--no-tee', '--when-full', 'block'],
    });
    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT).map(Number)).toEqual(
      Array.from({ length: 40_000 }, (_, at) => at + 1),
    );
    expect(new Set(world.kinesis.taken.map((data) => data.toString('base64'))).size).toBe(
      world.kinesis.taken.length,
    );
  });

  it.each([
    ['ResourceNotFoundException', 'there is no Kinesis stream "agent-logs"'],
    ['AccessDeniedException', 'writing to stream "agent-logs" is not allowed (AccessDeniedException)'],
    ['ExpiredTokenException', 'AWS credentials are missing, invalid or expired (ExpiredTokenException)'],
  ])('answers %s, it is told once in plain words and tried until it works', async (type, words) => {
    world.kinesis.behave((call) => (call < 4 ? { kind: 'error', status: 400, type } : { kind: 'accept' }));

    const shipper = run('echo one', { args: ['--drain-timeout', '50s'] });
    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one']);
    const told = shipper
      .stderr()
      .split('\n')
      .filter((line) => line.includes(words));
    expect(told).toHaveLength(1);
    expect(shipper.stderr()).toContain('log-drain: Kinesis takes records again\n');
  });

  it('gets credentials that come later', async () => {
    const file = join(world.dir, 'credentials');
    const shipper = run('echo one', {
      args: ['--drain-timeout', '50s'],
      env: {
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_SHARED_CREDENTIALS_FILE: file,
        AWS_CONFIG_FILE: join(world.dir, 'config'),
      },
    });
    await vi.waitFor(() => expect(shipper.stderr()).toContain('AWS credentials are missing'), 30_000);

    await writeFile(
      file,
      '[default]\naws_access_key_id = AKIALATE\naws_secret_access_key = planted-secret\n',
    );
    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one']);
    expect(shipper.stderr()).not.toContain('planted-secret');
  });

  it('takes nothing for long, the oldest lines are dropped, and the gap is what LINES_DROPPED says', async () => {
    world.kinesis.behave(DOWN);
    const marker = join(world.dir, 'go');
    // Digits that hardly compress, far more than the buffer takes.
    const lines = 120_000;
    const noise = `od -An -v -tx8 -w96 -N $((96 * ${lines})) /dev/urandom`;
    const shipper = run(
      `${noise}; touch ${marker}.written; until [ -e ${marker} ]; do sleep 0.05; done; echo last`,
      {
        args: ['--no-tee', '--buffer-bytes', '2MiB', '--drain-timeout', '50s'],
      },
    );
    await vi.waitFor(() => expect(shipper.stderr()).toMatch(/lines were dropped/), 50_000);

    world.kinesis.behave(ACCEPT);
    await writeFile(marker, '');
    const code = await shipper.ended;

    expect(code).toBe(0);
    const shipped = shippedLines(world.kinesis);
    const present = new Set(shipped.map(({ seq }) => seq));
    const missing = Math.max(...present) + 1 - present.size;
    const dropped = events(world.kinesis).filter(({ event }) => event === 'LINES_DROPPED');
    expect(missing).toBeGreaterThan(10_000);
    expect(dropped.reduce((sum, { lines: count }) => sum + Number(count), 0)).toBe(missing);
    expect(dropped.at(-1)).toMatchObject({ total: missing });
    expect(agentLines(world.kinesis, STDOUT).at(-1)).toBe('last');
  });

  it('takes nothing for long and the agent is to wait, no line is lost', async () => {
    world.kinesis.behave(DOWN);
    const noise = 'od -An -v -tx8 -w96 -N $((96 * 60000)) /dev/urandom';
    const shipper = run(noise, {
      args: ['--no-tee', '--buffer-bytes', '2MiB', '--when-full', 'block', '--drain-timeout', '50s'],
    });
    await vi.waitFor(() => expect(world.kinesis.calls.length).toBeGreaterThan(0), 30_000);

    world.kinesis.behave(ACCEPT);
    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toHaveLength(60_000);
    expect(shipper.stderr()).not.toContain('dropped');
  });
});
