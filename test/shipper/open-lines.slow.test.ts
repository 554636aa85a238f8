import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FLAG_UNTERMINATED, STDERR, STDOUT, type StreamCode } from '../../shared/record/format.ts';
import { decodeSpoolFile } from '../../shipper/sender/spool/spool-file.ts';
import { ACCEPT, DOWN } from '../helpers/aws/fake-kinesis.ts';
import { needsPrograms } from '../helpers/programs.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import {
  agentLines,
  childPids,
  commandLine,
  eventNames,
  killWithSender,
  type RunningShipper,
  shippedLines,
} from '../helpers/shipper/process.ts';

const world = useShipper();
const spool = (): string => join(world.dir, 'spool');
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/shipper/${name}`, import.meta.url));

let agents: number[] = [];
afterEach(() => {
  for (const pid of agents.splice(0)) if (commandLine(pid) !== '') process.kill(pid, 'SIGKILL');
});

function run(command: readonly string[], args: readonly string[] = []): RunningShipper {
  return world.start({ args: ['run', ...args, '--', ...command], stdin: { leftOpen: true } });
}

/** The agent outlives a shipper that is killed, so its process is noted to be ended after the test. */
async function noteAgent(shipper: RunningShipper, name: string): Promise<void> {
  await vi.waitFor(() => {
    // The witness of signals bears the agent's words too.
    const isAgent = (words: string): boolean => words.includes(name) && !words.startsWith('/bin/sh');
    agents = childPids(shipper.child.pid).filter((pid) => isAgent(commandLine(pid)));
    expect(agents).toHaveLength(1);
  }, 30_000);
}

const node = (script: string): readonly string[] => [process.execPath, '-e', script];
const arrives = (stream: StreamCode, lines: readonly string[]): Promise<void> =>
  vi.waitFor(() => expect(agentLines(world.kinesis, stream)).toEqual(lines), 60_000);

describe('a line without an end', () => {
  it('arrives while the agent hangs, on either stream', async () => {
    const shipper = run(
      node(`process.stdout.write('licence server? '); process.stderr.write('giving up in 60 s...');
        setTimeout(() => {}, 120_000);`),
    );

    await arrives(STDOUT, ['licence server? ']);
    await arrives(STDERR, ['giving up in 60 s...']);

    expect(shipper.child.exitCode).toBeNull();
    shipper.child.kill('SIGTERM');
    await shipper.ended;
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['licence server? ']);
  }, 120_000);

  it('goes on in its next part, counts once, and is not called too long', async () => {
    const summary = join(world.dir, 'summary');
    const shipper = run(
      node(`process.stdout.write('sure? ');
        process.stdin.once('data', () => { process.stdout.write('yes\\nnext\\n'); process.exit(0); });`),
      ['--summary-file', summary],
    );
    await arrives(STDOUT, ['sure? ']);
    shipper.child.stdin?.write('go on');

    expect(await shipper.ended).toBe(0);
    const flags = shippedLines(world.kinesis).flatMap((line) => (line.stream === STDOUT ? line.flags : []));
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['sure? ', 'yes', 'next']);
    expect(flags).toEqual([FLAG_UNTERMINATED, 0, 0]);
    expect(eventNames(world.kinesis)).toEqual(['AGENT_STARTED', 'AGENT_EXITED']);
    expect(JSON.parse(readFileSync(summary, 'utf8'))).toMatchObject({ lines: { stdout: 2 }, split: 0 });
    expect(shipper.stdout()).toBe('sure? yes\nnext\n');
  }, 120_000);
});

/** How many lines are in the spool. */
function spooledLines(): number {
  const names = readdirSync(spool(), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.rec'))
    .reduce((sum, name) => sum + (decodeSpoolFile(readFileSync(join(spool(), name)))?.lines ?? 0), 0);
}

/** Runs an agent in an outage until that many lines are in the spool, kills the shipper, and starts the next one. */
async function surviveKill(name: string, lines: number): Promise<void> {
  world.kinesis.behave(DOWN);
  const shipper = run(['python3', fixture(name)], ['--no-events', '--spool', spool()]);
  await noteAgent(shipper, name);
  await vi.waitFor(() => expect(spooledLines()).toBeGreaterThanOrEqual(lines), 60_000);
  await killWithSender(shipper);
  world.kinesis.behave(ACCEPT);
  const next = world.start({
    args: ['ship', '--spool', spool()],
    env: { LOG_DRAIN_WORKER_ID: 'W2' },
    stdin: 'next\n',
  });
  expect(await next.ended).toBe(0);
}

/** Texts in the order of arrival; numbers of two shippers are alike. */
function arrived(): readonly string[] {
  return world.kinesis.taken.flatMap((data) =>
    shippedLines({ ...world.kinesis, taken: [data] }).map(({ text }) => text),
  );
}

/** What progress.py writes on stderr. */
function progressBar(): string {
  const step = (at: number): string =>
    `\r${String(Math.floor((at * 100) / 24)).padStart(3)}%|${'#'.repeat(at)}| ${at}/24 ` +
    `[00:${String(at >> 1).padStart(2, '0')}<00:${String(12 - (at >> 1)).padStart(2, '0')}, 2.0it/s]`;
  return Array.from({ length: 24 }, (_, at) => step(at)).join('');
}

describe('agents that write lines without an end', () => {
  needsPrograms('python3');

  it('a prompt that is never answered arrives at the next start, if its shipper was killed', async () => {
    await surviveKill('prompt.py', 2);

    expect(arrived()).toEqual(['before', 'waiting for license server ... ', 'next']);
  }, 120_000);

  it('what a progress bar has shown so far arrives at the next start, if its shipper was killed', async () => {
    await surviveKill('progress.py', 2);

    const [first, ...parts] = arrived();
    expect(first).toBe('loading model');
    expect(parts.pop()).toBe('next');
    expect(parts.length).toBeGreaterThanOrEqual(1);
    expect(progressBar().startsWith(parts.join(''))).toBe(true);
  }, 120_000);

  it('a progress bar makes a handful of lines, which joined are the bar', async () => {
    const shipper = run(['python3', fixture('progress.py')]);

    expect(await shipper.ended).toBe(0);
    const [first, ...parts] = agentLines(world.kinesis, STDERR);
    expect(first).toBe('loading model');
    expect(parts.join('')).toBe(progressBar());
    // Some three; more where the machine is so busy that the bar takes longer.
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.length).toBeLessThan(12);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['done']);
  }, 120_000);
});
