import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { STDOUT } from '../../shared/record/format.ts';
import { needsPrograms } from '../helpers/programs.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import { agentLines, commandLine, eventNames } from '../helpers/shipper/process.ts';

const world = useShipper();

/** Counts its SIGINTs, and ends half a second after the first. */
const AGENT = `
  let count = 0;
  process.on("SIGINT", () => { count += 1; console.log("SIGINT " + count); setTimeout(process.exit, 500, 0); });
  process.on("SIGTERM", () => {});
  console.log("ready " + process.ppid);
  setInterval(() => {}, 1000);
`.replaceAll('\n', ' ');

const environment = (): Record<string, string | undefined> => ({
  PATH: process.env.PATH,
  SHELL: '/bin/sh',
  LOG_DRAIN_NODE: process.execPath,
  LOG_DRAIN_STREAM: 's',
  LOG_DRAIN_AGENT_ID: 'CA_test',
  AWS_ENDPOINT_URL_KINESIS: world.kinesis.endpoint,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIATEST',
  AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
});
const launcher = (): string => world.entry.replace(/\.mjs$/, '');

/** Runs a command line in a terminal of its own, by script(1). */
function inTerminal(line: string) {
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environment(),
  });
  // What is typed when all has ended meanwhile is for nobody.
  child.stdin.on('error', () => {});
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { type: (keys: string) => child.stdin.write(keys), output: () => output, ended };
}

describe('in a terminal', () => {
  it('Ctrl-C reaches the agent once, since the terminal sends it to the whole group', async () => {
    const terminal = inTerminal(
      `exec ${process.execPath} ${world.entry} run -- ${process.execPath} -e '${AGENT}'`,
    );
    await vi.waitFor(() => expect(terminal.output()).toContain('ready'), 30_000);

    terminal.type('\x03');
    const code = await terminal.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual([expect.stringMatching(/^ready/), 'SIGINT 1']);
    expect(eventNames(world.kinesis)).toEqual(['AGENT_STARTED', 'AGENT_EXITED']);
  });

  it('a signal to us alone reaches the agent, as an init program sends it that has a terminal', async () => {
    const terminal = inTerminal(`exec ${launcher()} run -- ${process.execPath} -e '${AGENT}'`);
    const pid = await vi.waitFor(() => {
      const parent = /ready (\d+)/.exec(terminal.output())?.[1];
      if (parent === undefined) throw new Error('the agent is not ready');
      return Number(parent);
    }, 30_000);

    process.kill(pid, 'SIGINT');

    expect(await terminal.ended).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual([`ready ${pid}`, 'SIGINT 1']);
  });

  it('Ctrl-Z stops us and the agent, and fg goes on', async () => {
    const terminal = inTerminal('exec bash --norc --noprofile -i');
    terminal.type(`PS1='> '; ${launcher()} run -- ${process.execPath} -e '${AGENT}'\n`);
    await vi.waitFor(() => expect(terminal.output()).toMatch(/ready \d+\r/), 30_000);

    terminal.type('\x1a');
    await vi.waitFor(() => expect(terminal.output()).toMatch(/Stopped/), 30_000);
    terminal.type('fg\n');
    await vi.waitFor(() => expect(terminal.output()).toMatch(/Stopped[^]*\nfg\r\n|> fg\r\n/), 30_000);
    terminal.type('\x03');
    await vi.waitFor(() => expect(terminal.output()).toContain('SIGINT 1'), 30_000);
    terminal.type('exit\n');
    await terminal.ended;

    expect(agentLines(world.kinesis, STDOUT)).toEqual([expect.stringMatching(/^ready/), 'SIGINT 1']);
  });

  it('ship says that it wants a pipe', async () => {
    const terminal = inTerminal(`exec ${process.execPath} ${world.entry} ship`);

    const code = await terminal.ended;

    expect(code).toBe(2);
    expect(terminal.output()).toContain('ship reads stdin, which is a terminal');
  });
});

describe('nohup', () => {
  needsPrograms('tmux');

  it('lets us and the agent outlive the terminal', async () => {
    const socket = join(world.dir, 'tmux');
    const tmux = (...args: readonly string[]): string =>
      execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], {
        env: environment(),
        encoding: 'utf8',
      });
    const agent = 'echo "$PPID $$"; read line < wait; echo lives on';
    mkdirSync(join(world.dir, 'cwd'));
    execFileSync('mkfifo', ['wait'], { cwd: join(world.dir, 'cwd') });
    tmux('new-session', '-d', '-s', 'one', '-c', join(world.dir, 'cwd'), 'exec bash --norc --noprofile -i');
    tmux('new-session', '-d', '-s', 'other', 'exec sleep 600');
    try {
      tmux('send-keys', '-t', 'one', `nohup ${launcher()} run -- sh -c '${agent}' &`, 'Enter');
      await vi.waitFor(() => expect(agentLines(world.kinesis, STDOUT)).toHaveLength(1), 30_000);
      const bash = Number(tmux('display-message', '-p', '-t', 'one', '#{pane_pid}'));

      tmux('kill-session', '-t', 'one');
      await vi.waitFor(() => expect(commandLine(bash)).toBe(''), 30_000);
      writeFileSync(join(world.dir, 'cwd', 'wait'), '\n');

      await vi.waitFor(() => expect(agentLines(world.kinesis, STDOUT)).toContain('lives on'), 30_000);
      await vi.waitFor(() => expect(eventNames(world.kinesis)).toContain('AGENT_EXITED'), 30_000);
    } finally {
      tmux('kill-server');
    }
  });
});
