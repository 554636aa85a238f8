import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDS, readLines, shipperEvent } from '../helpers/accepted-lines.ts';
import {
  descendants,
  type FinishedLocal,
  isAlive,
  node,
  PATIENCE_MS,
  resultIn,
  runLocal,
  sh,
  startLocal,
  until,
} from '../helpers/local-process.ts';

interface Seen {
  readonly texts: readonly string[];
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** What a destination accepted: the agent's lines and the shipper's events. */
async function seenBy(out: string, id: (typeof IDS)[number]): Promise<Seen> {
  const lines = await readLines(out, id);
  return {
    texts: lines.filter((line) => shipperEvent(line) === undefined).map(({ text }) => text),
    events: lines.map(shipperEvent).filter((event) => event !== undefined),
  };
}

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'local-agents-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

describe('an agent that writes 300 KB and calls process.exit(3) at once', () => {
  const LINES = 3_000;
  let run: FinishedLocal;
  const folder = (): string => join(out, 'exit');

  beforeAll(async () => {
    const script = `for (let i = 0; i < ${LINES}; i += 1) console.log(String(i).padStart(99, '.')); process.exit(3)`;
    run = await runLocal({ args: ['--json', '--out', folder()], command: node(script) });
  }, PATIENCE_MS);

  it('loses no line, so local ends with 0', () => {
    expect(run.code).toBe(0);
    expect(resultIn(run).lines).toEqual({ stdout: LINES, stderr: 0, events: 2 });
  });

  it.each(IDS)('brings all lines and a crash with its code to %s', async (id) => {
    const { texts, events } = await seenBy(folder(), id);

    expect(texts).toEqual(Array.from({ length: LINES }, (_, at) => String(at).padStart(99, '.')));
    expect(events).toMatchObject([
      { level: 'info', event: 'AGENT_STARTED' },
      { level: 'fatal', event: 'AGENT_CRASHED', code: 3, signal: null },
    ]);
  });
});

describe('an agent that never writes a newline, leaves a process that holds its pipes, and dies of SIGKILL', () => {
  let run: FinishedLocal;
  let orphanOutlived: boolean;
  const folder = (): string => join(out, 'killed');

  beforeAll(async () => {
    const release = join(out, 'release');
    const left = join(out, 'left');
    const orphan = `(while [ ! -e ${release} ]; do sleep 0.1; done; : > ${left}) &`;
    run = await runLocal({
      args: ['--json', '--out', folder()],
      command: sh(`${orphan} printf 'first half, '; printf 'no end'; kill -9 $$`),
    });
    orphanOutlived = !existsSync(left);
    await writeFile(release, '');
    await until(() => existsSync(left));
  }, PATIENCE_MS);

  it('does not keep local waiting, and no line is lost', () => {
    expect(orphanOutlived).toBe(true);
    expect(run.code).toBe(0);
    expect(resultIn(run).lines).toEqual({ stdout: 1, stderr: 0, events: 2 });
  });

  it.each(IDS)('brings the line without an end and the signal to %s', async (id) => {
    const { texts, events } = await seenBy(folder(), id);

    expect(texts).toEqual(['first half, no end']);
    expect(events.at(-1)).toMatchObject({ event: 'AGENT_CRASHED', code: null, signal: 'SIGKILL' });
  });
});

describe('an agent that goes on after SIGTERM', () => {
  let run: FinishedLocal;
  const folder = (): string => join(out, 'stubborn');
  const hasAccepted = (id: string, text: string): boolean => {
    const file = join(folder(), `${id}.ndjson`);
    return existsSync(file) && readFileSync(file, 'utf8').includes(text);
  };

  beforeAll(async () => {
    const release = join(out, 'go-on');
    const script = `trap 'echo asked to end' TERM; echo ready
      while [ ! -e ${release} ]; do sleep 0.1; done; echo ended by itself`;
    const local = await startLocal({ args: ['--out', folder(), '--json'], command: sh(script) });
    await until(() => local.stderr().includes('ready'));
    // Functions that have yet to start might need longer than what local gives them once it is to end.
    await until(() => IDS.every((id) => hasAccepted(id, 'ready')));
    local.child.kill('SIGTERM');
    // The command's own words at the start of a line; ours, which come before, have them too.
    await until(() => /^asked to end/m.test(local.stderr()));
    await writeFile(release, '');
    run = { code: await local.ended, stdout: local.stdout(), stderr: local.stderr() };
  }, PATIENCE_MS);

  it('is told of the signal and waited for', () => {
    expect(run.code).toBe(0);
    expect(resultIn(run).lines).toEqual({ stdout: 3, stderr: 0, events: 2 });
  });

  it.each(IDS)('brings what it wrote before and after to %s, and an end that was asked for', async (id) => {
    const { texts, events } = await seenBy(folder(), id);

    expect(texts).toEqual(['ready', 'asked to end', 'ended by itself']);
    expect(events.at(-1)).toMatchObject({ level: 'info', event: 'AGENT_EXITED', code: 0 });
  });
});

describe('an agent that ignores SIGTERM for ever', () => {
  it(
    'is ended by the second signal, with a result and without leaving a process',
    async () => {
      const script = `trap '' TERM; echo ready; while :; do sleep 0.1; done`;
      const local = await startLocal({ command: sh(script) });
      await until(() => local.stderr().includes('ready'));
      const processes = descendants(local.child.pid);

      local.child.kill('SIGTERM');
      local.child.kill('SIGINT');
      await local.ended;

      expect(processes.length).toBeGreaterThan(1);
      expect(local.stdout()).toMatch(/^destination +received/);
      await until(() => !processes.some(isAlive));
    },
    PATIENCE_MS,
  );
});

describe('a command that does not exist', () => {
  let run: FinishedLocal;
  const folder = (): string => join(out, 'missing');

  beforeAll(async () => {
    run = await runLocal({
      args: ['--out', folder()],
      command: ['/no/such/agent'],
      env: { DATADOG_TOKEN: '0123456789abcdef0123456789abcdef' },
    });
  }, PATIENCE_MS);

  it('is named on stderr, and local ends with 127 as a shell does', () => {
    expect(run.code).toBe(127);
    expect(run.stderr).toContain(
      'log-drain: cannot start "/no/such/agent": command not found; there is no such file\n',
    );
    expect(run.stderr).not.toMatch(/^\s+at /m);
  });

  it('is announced to every destination', async () => {
    for (const id of IDS) {
      const { texts, events } = await seenBy(folder(), id);
      expect([id, texts, events]).toMatchObject([id, [], [{ event: 'AGENT_CRASHED', code: 127 }]]);
    }
  });

  it('gives a table of one row for each destination on stdout, and nothing else', () => {
    const rows = run.stdout.split('\n');

    expect(rows[0]).toMatch(/^destination +received +delivered +parked +duplicates +lost +p50 ms +p99 ms$/);
    expect(rows.slice(1, 1 + IDS.length).map((row) => row.split(/ +/).slice(0, 6))).toEqual(
      IDS.map((id) => [id, '1', '1', '0', '0', '0']),
    );
    expect(rows.slice(1 + IDS.length)).toEqual([
      '',
      'written: 0 lines on stdout, 0 on stderr; events of the shipper: 1',
      '',
    ]);
  });

  it('takes no setting from the environment', () => {
    expect(run.stderr).toContain(`stand for ${IDS.join(', ')}\n`);
    expect(run.stderr).not.toContain('real');
  });
});
