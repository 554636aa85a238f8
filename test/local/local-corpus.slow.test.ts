import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECEIVERS } from '../../receivers/receivers.ts';
import {
  difference,
  IDS,
  linesOf,
  READ_BACKS,
  readLines,
  readRows,
  shipperEvent,
} from '../helpers/accepted-lines.ts';
import { type FinishedLocal, PATIENCE_MS, resultIn, runLocal, sh } from '../helpers/local-process.ts';
import type { AcceptedLine } from '../helpers/read-back.ts';

const WITH_STREAMS = IDS.filter((id) => RECEIVERS[id].view.streams);
const SORTING = IDS.filter((id) => READ_BACKS[id].sorting);

const CORPUS = 'test/fixtures/corpus';

interface Shipped {
  readonly run: FinishedLocal;
  readonly out: string;
}

async function ship(script: string): Promise<Shipped> {
  const out = await mkdtemp(join(tmpdir(), 'local-out-'));
  const run = await runLocal({ args: ['--json', '--out', out], command: sh(script) });
  return { run, out };
}

/** Agent's lines only. */
const ofAgent = (lines: readonly AcceptedLine[]): readonly AcceptedLine[] =>
  lines.filter((line) => shipperEvent(line) === undefined);

/** Texts by line number, in the order of their first parts: each service has its own limit to what one part holds. */
function wholeLines(lines: readonly AcceptedLine[]): readonly (readonly [seq: number, text: string])[] {
  const texts = new Map<number, string>();
  for (const { text, seq = -1 } of lines) texts.set(seq, (texts.get(seq) ?? '') + text);
  return [...texts];
}

const cases = [
  { name: 'agent.log and agent.stderr.log', stdout: 'agent.log', stderr: 'agent.stderr.log' },
  { name: 'weird.log', stdout: 'weird.log', stderr: undefined },
];

describe.each(cases)('log-drain local with $name', ({ stdout, stderr }) => {
  let shipped: Shipped;
  const written = { stdout: [] as string[], stderr: [] as string[] };

  beforeAll(async () => {
    const onStderr = stderr === undefined ? '' : `; cat ${CORPUS}/${stderr} >&2`;
    written.stdout = linesOf(await readFile(join(CORPUS, stdout)));
    written.stderr = stderr === undefined ? [] : linesOf(await readFile(join(CORPUS, stderr)));
    shipped = await ship(`cat ${CORPUS}/${stdout}${onStderr}`);
  }, PATIENCE_MS);
  afterAll(() => rm(shipped.out, { recursive: true, force: true }));

  it('ends with 0 and prints one JSON object of counts and nothing else', async () => {
    const { run, out } = shipped;
    const datadog = await readLines(out, 'datadog');
    const events = datadog.filter((line) => shipperEvent(line) !== undefined).length;
    const lines = { stdout: written.stdout.length, stderr: written.stderr.length, events };
    const latencyMs = { p50: expect.any(Number), p99: expect.any(Number) };

    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^\{.*\}\n$/);
    const destinations = await Promise.all(
      IDS.map(async (id) => {
        const delivered = (await readRows(out, id)).length;
        const received = new Set(datadog.map(({ seq }) => seq)).size;
        return [
          id,
          { received, delivered, parked: 0, duplicates: 0, lost: 0, latency_ms: latencyMs },
        ] as const;
      }),
    );
    expect(resultIn(run)).toEqual({ lines, destinations: Object.fromEntries(destinations) });
  });

  it('copies what the agent wrote to stderr', () => {
    const { stderr: copied } = shipped.run;

    for (const text of written.stdout.slice(0, 20)) expect(copied.includes(text)).toBe(true);
  });

  it.each(WITH_STREAMS)('brings each line to %s once, in order, under its stream', async (id) => {
    const lines = ofAgent(await readLines(shipped.out, id));

    for (const stream of ['stdout', 'stderr'] as const) {
      const accepted = lines.filter((line) => line.stream === stream);
      expect(difference(written[stream], accepted)).toBeUndefined();
    }
    expect(lines.filter((line) => line.stream !== 'stdout' && line.stream !== 'stderr')).toEqual([]);
  });

  it('brings the same lines in the same order to the services that know no streams', async () => {
    // Line numbers tell how the two streams were read; that each stream is whole there is held above.
    const [first = 'datadog', ...others] = WITH_STREAMS;
    const lines = await readLines(shipped.out, first);
    const all = ofAgent(lines).map(({ text }) => text);

    for (const id of others) {
      expect([id, wholeLines(await readLines(shipped.out, id))]).toEqual([id, wholeLines(lines)]);
    }
    for (const id of IDS.filter((one) => !WITH_STREAMS.includes(one))) {
      expect([id, difference(all, ofAgent(await readLines(shipped.out, id)))]).toEqual([id, undefined]);
    }
  });

  it('numbers lines without a gap, and times never go back', async () => {
    for (const id of SORTING) {
      const lines = await readLines(shipped.out, id);
      const numbers = [...new Set(lines.map(({ seq }) => seq))];
      expect(numbers).toEqual(numbers.map((_, at) => at));
    }
  });

  it('names agent and worker on every line', async () => {
    for (const id of IDS) {
      const names = (await readLines(shipped.out, id)).flatMap(({ agent, worker }) => [agent, worker]);
      expect([id, ...new Set(names)]).toEqual([id, 'CA_local', 'CAW_local']);
    }
  });

  it('announces start and end', async () => {
    for (const id of IDS) {
      const events = (await readLines(shipped.out, id)).flatMap(
        (line) => shipperEvent(line)?.['event'] ?? [],
      );
      expect([events[0], events.at(-1)]).toEqual(['AGENT_STARTED', 'AGENT_EXITED']);
    }
  });
});

describe('the rows of --out', () => {
  let out: string;
  const TEXT = '[ERROR] no audio';

  beforeAll(async () => {
    ({ out } = await ship(`echo '${TEXT}' >&2; printf 'a\\tb\\033[0m\\n'`));
  }, PATIENCE_MS);
  afterAll(() => rm(out, { recursive: true, force: true }));

  it.each(IDS)('hold the whole event of %s and the number of its request', async (id) => {
    const rows = await readRows(out, id);

    const row = rows.find(({ event }) => JSON.stringify(event).includes(TEXT));

    expect(row).toEqual({ event: READ_BACKS[id].eventOf(TEXT), request: expect.any(Number) });
    const requests = rows.map(({ request }) => request);
    expect(requests).toEqual(requests.toSorted((one, other) => one - other));
    expect(new Set(requests).size).toBe(Math.max(...requests) + 1);
  });

  it('hold control characters as syslog escapes them', async () => {
    const frames = (await readRows(out, 'syslog')).map(({ event }) => String(event));

    expect(frames.filter((frame) => frame.endsWith(' - - a\tb#033[0m'))).toHaveLength(1);
  });
});
