import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDS, readLines, shipperEvent } from '../helpers/accepted-lines.ts';
import { PATIENCE_MS, until } from '../helpers/local-process.ts';

const PROGRAM = resolve('dist', 'log-drain.mjs');
const CTRL_C = '\u0003';
const ESCAPE = '\u001b';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'local-terminal-'));
  await writeFile(join(dir, 'passing-on.mjs'), PASSING_ON);
  await writeFile(join(dir, 'counting.mjs'), COUNTING);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** As npm does: starts a program, and sends it each signal again that it gets itself. */
const PASSING_ON = `
  import { spawn } from 'node:child_process';
  const [file, ...args] = process.argv.slice(2);
  const child = spawn(file, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 99));
`;

/** Writes numbered lines, into a file too, and tells of each signal before it ends. */
const COUNTING = `
  import { appendFileSync } from 'node:fs';
  let number = 0;
  const say = (line) => {
    appendFileSync(process.argv[2], line + '\\n');
    process.stdout.write(line + '\\n');
  };
  const timer = setInterval(() => say('line ' + number++), 10);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
    say('got ' + signal);
    setTimeout(() => {
      clearInterval(timer);
      say('end');
    }, 300);
  });
`;

interface TerminalRun {
  /** Of `local`, before and after `--`. */
  readonly args: readonly string[];
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `local` under a program that passes signals on, in a terminal of its own, by script(1). */
function inTerminal({ args, columns = 80, env = {} }: TerminalRun) {
  const words = [process.execPath, join(dir, 'passing-on.mjs'), process.execPath, PROGRAM, 'local', ...args];
  const line = `stty cols ${columns} rows 24; exec ${words.map((word) => `'${word}'`).join(' ')}`;
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, TMPDIR: dir, SHELL: '/bin/sh', TERM: 'xterm', ...env },
  });
  // What is typed when all has ended meanwhile is for nobody.
  child.stdin.on('error', () => {});
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { type: (keys: string) => child.stdin.write(keys), output: () => output, ended };
}

/** What the table says of each destination, in the column. */
function column(output: string, heading: string): readonly string[] {
  const rows = output.replaceAll('\r', '').split('\n');
  const heads = rows.findIndex((row) => row.includes('destination ') && row.includes('delivered'));
  const at = (rows[heads] ?? '')
    .replace(/^.*destination/, 'destination')
    .split(/ {2,}/)
    .indexOf(heading);
  return rows.slice(heads + 1, heads + 1 + IDS.length).map((row) => row.split(/ +/)[at] ?? '');
}

const none = IDS.map(() => '0');

describe('Ctrl-C in a terminal, under a program that passes it on as npm does', () => {
  it.each([
    ['when nothing has started', 'stand for'],
    ['when the agent has started', 'AGENT_STARTED'],
    ['when the first lines have arrived', 'first line delivered'],
  ])(
    'ends the sample agent with 0 and loses no line: %s',
    async (_, text) => {
      const terminal = inTerminal({ args: [] });
      await until(() => terminal.output().includes(text));

      terminal.type(CTRL_C);
      const code = await terminal.ended;

      expect(code).toBe(0);
      expect(terminal.output()).toContain('Ctrl-C again ends at once');
      expect(terminal.output()).not.toContain('as you asked');
      expect(column(terminal.output(), 'lost')).toEqual(none);
      expect(terminal.output()).toContain('Where to look next:');
    },
    PATIENCE_MS,
  );

  it(
    'reaches a command once, and each of its lines reaches every destination once',
    async () => {
      const [out, written] = [join(dir, 'counted'), join(dir, 'written')];
      const command = [process.execPath, join(dir, 'counting.mjs'), written];
      const terminal = inTerminal({ args: ['--out', out, '--', ...command] });
      await until(() => terminal.output().includes('first line delivered'));

      terminal.type(CTRL_C);
      const code = await terminal.ended;

      const lines = (await readFile(written, 'utf8')).trimEnd().split('\n');
      expect(lines.filter((line) => line.startsWith('got'))).toEqual(['got SIGINT']);
      expect(lines.at(-1)).toBe('end');
      for (const id of IDS) {
        const accepted = await readLines(out, id);
        const own = accepted.filter((line) => shipperEvent(line) === undefined).map(({ text }) => text);
        expect([id, own]).toEqual([id, lines]);
      }
      expect([code, column(terminal.output(), 'lost')]).toEqual([0, none]);
    },
    PATIENCE_MS,
  );

  it(
    'ends at once the second time, and says so',
    async () => {
      const stubborn = 'trap "" INT TERM; echo ready; while :; do sleep 0.1; done';
      const terminal = inTerminal({ args: ['--', 'sh', '-c', stubborn] });
      await until(() => terminal.output().includes('ready'));

      terminal.type(CTRL_C);
      await until(() => terminal.output().includes('asked to end'));
      // Too soon it is the same Ctrl-C.
      const again = setInterval(() => terminal.type(CTRL_C), 700);
      await terminal.ended;
      clearInterval(again);

      expect(terminal.output()).toContain('log-drain: ended at once, as you asked');
      expect(column(terminal.output(), 'lost')).toEqual(none);
    },
    PATIENCE_MS,
  );
});

describe('the live view in a terminal', () => {
  it.each([
    ['80 columns', { columns: 80 }, true],
    ['40 columns', { columns: 40 }, true],
    ['NO_COLOR', { env: { NO_COLOR: '1' } }, false],
  ])(
    'has rows that fit, with time, level and agent: %s',
    async (_, { columns = 80, env = {} }: Partial<TerminalRun>, isColoured) => {
      const terminal = inTerminal({ args: [], columns, env });
      await until(() => terminal.output().includes('first line'));
      terminal.type(CTRL_C);
      await terminal.ended;

      // The terminal itself shows the key that was typed.
      const output = terminal.output().replaceAll('\r', '').replaceAll('^C', '');
      const rows = output.slice(0, output.indexOf('Where to look next')).split('\n');
      const drawn = new RegExp(`${ESCAPE}\\[\\d*[AJm]`, 'g');
      expect(rows.filter((row) => row.replaceAll(drawn, '').length >= columns)).toEqual([]);
      expect(rows.some((row) => /^\d\d:\d\d:\d\d INFO  CA_local /.test(row.replaceAll(drawn, '')))).toBe(
        true,
      );
      expect(output.includes('\u001b[32mINFO \u001b[0m')).toBe(isColoured);
      expect(output.replaceAll(drawn, '')).not.toContain('\u001b');
    },
    PATIENCE_MS,
  );
});
