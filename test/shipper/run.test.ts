import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { STDERR, STDOUT } from '../../shared/record/format.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import {
  agentLines,
  childPids,
  eventNames,
  events,
  type RunningShipper,
  type ShipperRun,
  senderPids,
  shippedLines,
} from '../helpers/shipper/process.ts';

const world = useShipper();

function run(command: readonly string[], more: Partial<ShipperRun> = {}): RunningShipper {
  return world.start({ ...more, args: ['run', ...(more.args ?? []), '--', ...command] });
}

const sh = (script: string): readonly string[] => ['sh', '-c', script];
const node = (script: string): readonly string[] => [process.execPath, '-e', script];
const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`);

describe('log-drain run', () => {
  it('ships both streams, copies them byte for byte and ends with the code of the agent', async () => {
    const shipper = run(sh('echo out; echo err >&2; echo; printf "caf\\303\\251\\r\\n"; exit 3'));

    const code = await shipper.ended;

    expect(code).toBe(3);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['out', '', 'café']);
    expect(agentLines(world.kinesis, STDERR)).toEqual(['err']);
    expect(shipper.stdout()).toBe('out\n\ncaf\xc3\xa9\r\n');
    expect(shipper.stderr()).toBe('err\n');
  });

  it.runIf('execve' in process)('ends whatever Node waits for at its end', async () => {
    const preload = join(world.dir, 'endless.cjs');
    await writeFile(
      preload,
      "if (process.argv[1]?.endsWith('log-drain.mjs')) process.on('exit', () => { for (;;); });",
    );
    const shipper = run(sh('exit 3'), { env: { NODE_OPTIONS: `--require=${preload}` } });

    expect(await shipper.ended).toBe(3);
  });

  it('announces start and end, without argv and environment', async () => {
    const shipper = run(sh('exit 0'), { env: { PLANTED: 'planted-secret' } });

    await shipper.ended;

    const [started, exited] = events(world.kinesis);
    const who = { agent_id: 'CA_test', worker_id: 'W1', boot: expect.stringMatching(/^[\w-]{1,32}$/) };
    expect(started).toEqual({ level: 'info', event: 'AGENT_STARTED', message: 'agent started', ...who });
    expect(exited).toEqual({
      level: 'info',
      event: 'AGENT_EXITED',
      message: expect.stringContaining('with code 0'),
      code: 0,
      signal: null,
      uptime_ms: expect.any(Number),
      ...who,
    });
    expect(JSON.stringify(events(world.kinesis))).not.toMatch(/exit 0|planted/);
    expect(shippedLines(world.kinesis).map(({ stream }) => stream)).toEqual([STDERR, STDERR]);
  });

  it('calls any other end a crash and mirrors death by a signal', async () => {
    const shipper = run(sh('echo last words; kill -9 $$'));

    const code = await shipper.ended;

    expect(code).toBe(137);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['last words']);
    expect(events(world.kinesis)[1]).toMatchObject({
      level: 'fatal',
      event: 'AGENT_CRASHED',
      code: null,
      signal: 'SIGKILL',
    });
  });

  it('says 127 for a command that does not exist and announces it', async () => {
    const shipper = run(['/no/such/command']);

    const code = await shipper.ended;

    expect(code).toBe(127);
    expect(shipper.stderr()).toBe(
      'log-drain: cannot start "/no/such/command": command not found; there is no such file\n',
    );
    expect(events(world.kinesis)).toMatchObject([{ event: 'AGENT_CRASHED', code: 127 }]);
    expect(JSON.stringify(events(world.kinesis))).not.toContain('/no/such');
  });

  it('says 126 for a command that cannot be executed', async () => {
    const file = join(world.dir, 'plain');
    await writeFile(file, 'text');
    await chmod(file, 0o644);

    const shipper = run([file]);

    expect(await shipper.ended).toBe(126);
    expect(shipper.stderr()).toContain(`cannot start "${file}": not executable; make it so with chmod +x`);
    expect(events(world.kinesis)).toMatchObject([{ event: 'AGENT_CRASHED', code: 126 }]);
  });

  it.each([
    ['in one go', `process.stdout.write(('x'.repeat(99) + '\\n').repeat(3000))`],
    ['line by line', `for (let at = 0; at < 3000; at += 1) console.log('x'.repeat(99))`],
  ])('reads all of 300 KB that an agent writes %s before process.exit()', async (_, script) => {
    const code = await run(node(`${script}; process.exit(7)`)).ended;

    expect(code).toBe(7);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(Array.from({ length: 3_000 }, () => 'x'.repeat(99)));
  });

  it('lets the agent open its output by name', async () => {
    const shipper = run(sh('echo out > /dev/stdout; echo err > /dev/stderr'));

    const code = await shipper.ended;

    expect(code).toBe(0);
    expect([agentLines(world.kinesis, STDOUT), agentLines(world.kinesis, STDERR)]).toEqual([
      ['out'],
      ['err'],
    ]);
  });

  it('ships what an agent writes that never ends a line', async () => {
    const shipper = run(sh('printf no-newline; printf on-stderr >&2'));

    await shipper.ended;

    expect(agentLines(world.kinesis, STDOUT)).toEqual(['no-newline']);
    expect(agentLines(world.kinesis, STDERR)).toEqual(['on-stderr']);
    expect(shipper.stdout()).toBe('no-newline');
  });

  it('splits a long line into parts and announces it', async () => {
    const shipper = run(node(`process.stdout.write('€'.repeat(1000) + '\\nnext\\n')`), {
      args: ['--max-line-bytes', '1KiB'],
    });

    await shipper.ended;

    const lines = agentLines(world.kinesis, STDOUT);
    expect(lines.slice(0, -1).join('')).toBe('€'.repeat(1_000));
    expect(lines.length).toBe(4);
    expect(events(world.kinesis)).toContainEqual(
      expect.objectContaining({ event: 'LINES_SPLIT', lines: 1, total: 1 }),
    );
  });

  it('does not wait longer than --linger for an orphan that holds the pipe', async () => {
    const shipper = run(sh('(sleep 1; echo late; sleep 600) & echo $!'), { args: ['--linger', '100ms'] });

    const code = await shipper.ended;

    process.kill(Number.parseInt(shipper.stdout(), 10));
    expect(code).toBe(0);
    expect(eventNames(world.kinesis)).toEqual(['AGENT_STARTED', 'AGENT_EXITED']);
  });

  it('reads on from an orphan for as long as --linger says', async () => {
    const shipper = run(sh('(sleep 0.3; echo late) & echo early'), { args: ['--linger', '20s'] });

    await shipper.ended;

    expect(agentLines(world.kinesis, STDOUT)).toEqual(['early', 'late']);
    expect(eventNames(world.kinesis)).toEqual(['AGENT_STARTED', 'AGENT_EXITED']);
  });

  it('passes signals on and calls the end that follows an exit', async () => {
    const shipper = run(sh('trap "echo got TERM; exit 5" TERM; echo ready; while :; do sleep 0.05; done'));
    await vi.waitFor(() => expect(shipper.stdout()).toContain('ready'), 30_000);

    shipper.child.kill('SIGTERM');
    const code = await shipper.ended;

    expect(code).toBe(5);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['ready', 'got TERM']);
    expect(events(world.kinesis)[1]).toMatchObject({ level: 'warn', event: 'AGENT_EXITED', code: 5 });
  });

  it.each(['SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const)(
    'passes %s on',
    async (signal) => {
      const script = `
      process.on('${signal}', () => { console.log('got it'); process.exit(0); });
      console.log('ready');
      setInterval(() => {}, 1000);
    `;
      const shipper = run(node(script));
      await vi.waitFor(() => expect(shipper.stdout()).toContain('ready'), 30_000);

      shipper.child.kill(signal);
      const code = await shipper.ended;

      expect(code).toBe(0);
      expect(agentLines(world.kinesis, STDOUT)).toEqual(['ready', 'got it']);
      expect(shipper.stderr()).not.toMatch(/inspector|debugger/i);
    },
  );

  it('lives on with an agent that ignores SIGTERM', async () => {
    const shipper = run(sh('trap "" TERM; echo ready; sleep 0.5; echo still here'));
    await vi.waitFor(() => expect(shipper.stdout()).toContain('ready'), 30_000);

    shipper.child.kill('SIGTERM');
    shipper.child.kill('SIGTERM');
    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['ready', 'still here']);
  });

  it('leaves no process behind', async () => {
    const marker = join(world.dir, 'go');
    const shipper = run(sh(`until [ -e ${marker} ]; do sleep 0.05; done`));
    await vi.waitFor(() => expect(senderPids(shipper)).toHaveLength(1), 30_000);
    const children = childPids(shipper.child.pid);

    await writeFile(marker, '');
    await shipper.ended;

    await vi.waitFor(() => {
      for (const pid of children) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    }, 30_000);
  });

  it('sets PYTHONUNBUFFERED unless it is set or --no-env is given', async () => {
    const script = sh('echo "<$PYTHONUNBUFFERED>"');

    const outputs = [
      run(script),
      run(script, { env: { PYTHONUNBUFFERED: '' } }),
      run(script, { args: ['--no-env'] }),
    ];
    await Promise.all(outputs.map(({ ended }) => ended));

    expect(outputs.map((shipper) => shipper.stdout())).toEqual(['<1>\n', '<>\n', '<>\n']);
  });

  it('copies nothing with --no-tee and announces nothing with --no-events', async () => {
    const shipper = run(sh('echo out; echo err >&2'), { args: ['--no-tee', '--no-events'] });

    await shipper.ended;

    expect([shipper.stdout(), shipper.stderr()]).toEqual(['', '']);
    expect(
      shippedLines(world.kinesis)
        .map(({ text }) => text)
        .toSorted(),
    ).toEqual(['err', 'out']);
  });

  it('gives the agent our stdin', async () => {
    await run(['cat'], { stdin: 'from stdin\n' }).ended;

    expect(agentLines(world.kinesis, STDOUT)).toEqual(['from stdin']);
  });

  it('writes the counts of lines into the summary file', async () => {
    const summaryFile = join(world.dir, 'summary.json');

    await run(sh('echo 1; echo 2; printf 3; echo 4 >&2; exit 9'), { args: ['--summary-file', summaryFile] })
      .ended;

    expect(JSON.parse(await readFile(summaryFile, 'utf8'))).toEqual({
      agent_id: 'CA_test',
      worker_id: 'W1',
      boot: expect.any(String),
      lines: { stdout: 3, stderr: 1, events: 2 },
      split: 0,
      dropped: 0,
      unsent: 0,
      spooled: 0,
      late: 0,
      copy_missing: { stdout: 0, stderr: 0 },
      exit_code: 9,
      signal: null,
    });
  });

  it('goes on when the reader of our own output is gone', async () => {
    const shipper = run(sh('echo first; sleep 0.3; seq 0 9999; exit 4'));
    shipper.child.stdout?.once('data', () => shipper.child.stdout?.destroy());

    const code = await shipper.ended;

    expect(code).toBe(4);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['first', ...numbers(10_000)]);
  });

  it('does not hold the agent up when the reader of our own output stops reading', async () => {
    const done = join(world.dir, 'done');
    const lines = 400_000;
    const shipper = run(
      sh(`seq -f "%015g" 1 ${lines}; seq -f "%0200g" 1 ${lines / 4}; echo > ${done}; exit 6`),
      {
        args: ['--drain-timeout', '60s', '--when-full', 'block'],
      },
    );
    shipper.child.stdout?.pause();

    await vi.waitFor(() => readFile(done), 50_000);
    shipper.child.stdout?.resume();
    const code = await shipper.ended;

    expect(code).toBe(6);
    expect(agentLines(world.kinesis, STDOUT)).toHaveLength(lines * 1.25);
    expect(shipper.stderr()).toMatch(/^log-drain: \d+ bytes are missing so far in the copy/m);
  });

  it('takes its agent id from livekit.toml', async () => {
    await writeFile(join(world.dir, 'livekit.toml'), '[agent]\nid = "CA_toml"\n');

    await run(sh('true'), { cwd: world.dir, env: { LOG_DRAIN_AGENT_ID: '' } }).ended;

    expect(events(world.kinesis)[0]).toMatchObject({ agent_id: 'CA_toml' });
  });

  it('addresses a stream by name and ARN, and its region is that of the ARN', async () => {
    const arn = 'arn:aws:kinesis:eu-west-3:123456789012:stream/other';

    await run(sh('true'), { args: ['--stream', arn], env: { AWS_REGION: '' } }).ended;

    expect(world.kinesis.calls[0]?.body).toMatchObject({ StreamName: 'other', StreamARN: arn });
    expect(world.kinesis.calls[0]?.http).toBe('2.0');
  });

  it('quits at once at the second signal while it sends the rest, and says what was not sent', async () => {
    world.kinesis.behave(() => ({ kind: 'hang' }));
    const shipper = run(sh('echo one; exit 8'), { args: ['--drain-timeout', '10m'] });
    await vi.waitFor(() => expect(world.kinesis.calls.length).toBeGreaterThan(0), 30_000);
    await vi.waitFor(() => expect(childPids(shipper.child.pid)).toHaveLength(1), 30_000);

    // Two of one kind could be one by the time they are read, and a third meet the shell that takes our place at the end.
    shipper.child.kill('SIGINT');
    shipper.child.kill('SIGTERM');

    expect(await shipper.ended).toBe(8);
    expect(shipper.stderr()).toMatch(/^log-drain: 3 lines were not sent: /m);
  });
});
