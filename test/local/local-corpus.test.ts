import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AcceptedLine,
  difference,
  IDS,
  linesOf,
  readLines,
  readRows,
  SORTING,
  shipperEvent,
} from '../helpers/accepted-lines.ts';
import { type FinishedLocal, PATIENCE_MS, resultIn, runLocal, sh } from '../helpers/local-process.ts';

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

  it.each(['datadog', 'newrelic', 'splunk'] as const)(
    'brings each line to %s once, in order, under its stream',
    async (id) => {
      const lines = ofAgent(await readLines(shipped.out, id));

      for (const stream of ['stdout', 'stderr'] as const) {
        const accepted = lines.filter((line) => line.stream === stream);
        expect(difference(written[stream], accepted)).toBeUndefined();
      }
      expect(lines.filter((line) => line.stream !== 'stdout' && line.stream !== 'stderr')).toEqual([]);
    },
  );

  it('brings the same lines in the same order to the services that know no streams', async () => {
    // Line numbers tell how the two streams were read; that each stream is whole there is held above.
    const datadog = await readLines(shipped.out, 'datadog');
    const splunk = await readLines(shipped.out, 'splunk');
    const all = ofAgent(splunk).map(({ text }) => text);

    expect(datadog.map(({ text, seq }) => [text, seq])).toEqual(splunk.map(({ text, seq }) => [text, seq]));
    for (const id of ['sentry', 'cloudwatch', 'syslog'] as const) {
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

  const forms = {
    datadog: {
      message: TEXT,
      ddsource: 'CA_local',
      hostname: 'CAW_local',
      service: 'cloud.livekit.io',
      stream: 'stderr',
      status: 'error',
      timestamp: expect.any(Number),
      seq: expect.any(Number),
    },
    newrelic: {
      agentId: 'CA_local',
      workerId: 'CAW_local',
      hostname: 'livekit.hosted.agents',
      message: TEXT,
      level: 'error',
      stream: 'stderr',
      timestamp: expect.any(Number),
      seq: expect.any(Number),
    },
    splunk: {
      time: expect.any(Number),
      host: 'CAW_local',
      source: 'livekit:cloud-agents',
      sourcetype: '_json',
      event: {
        message: TEXT,
        stream: 'stderr',
        level: 'error',
        agent_id: 'CA_local',
        worker_id: 'CAW_local',
        hostname: 'livekit.hosted.agents',
        seq: expect.any(Number),
      },
    },
    sentry: {
      timestamp: expect.any(Number),
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      level: 'error',
      severity_number: 17,
      body: TEXT,
      attributes: {
        agent_id: { value: 'CA_local', type: 'string' },
        worker_id: { value: 'CAW_local', type: 'string' },
        hostname: { value: 'livekit.hosted.agents', type: 'string' },
        'sentry.timestamp.sequence': { value: expect.any(Number), type: 'integer' },
      },
    },
    cloudwatch: {
      logGroupName: 'CA_local',
      logStreamName: 'CAW_local',
      timestamp: expect.any(Number),
      message: TEXT,
    },
    syslog: expect.stringMatching(
      /^<11>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z CA_local livekit\.hosted\.agents CAW_local - - \[ERROR\] no audio$/,
    ),
  };

  it.each(IDS)('hold the whole event of %s and the number of its request', async (id) => {
    const rows = await readRows(out, id);

    const row = rows.find(({ event }) => JSON.stringify(event).includes(TEXT));

    expect(row).toEqual({ event: forms[id], request: expect.any(Number) });
    const requests = rows.map(({ request }) => request);
    expect(requests).toEqual(requests.toSorted((one, other) => one - other));
    expect(new Set(requests).size).toBe(Math.max(...requests) + 1);
  });

  it('hold control characters as syslog escapes them', async () => {
    const frames = (await readRows(out, 'syslog')).map(({ event }) => String(event));

    expect(frames.filter((frame) => frame.endsWith(' - - a\tb#033[0m'))).toHaveLength(1);
  });
});
