import { describe, expect, it } from 'vitest';
import { DELIVERED, type Outcome, outcome } from '../../shared/destination/outcome.ts';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { unreadableObjectKey } from '../../shared/parking/object-key.ts';
import { createHarness, kinesisRecord, rawRecord, type Service, T0 } from '../helpers/engine-harness.ts';

const OK: Service = () => DELIVERED;
const NOTHING = { batchItemFailures: [] };

function retry(reason = 'server-error', afterMs?: number): Outcome {
  return outcome({ fate: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) });
}

function reported(record: { kinesis: { sequenceNumber: string } }) {
  return { batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] };
}

const ofAgents = (count: number) =>
  Array.from({ length: count }, (_, at) => kinesisRecord({ agent: `CA_${at}`, lines: ['a'] }));

describe('delivery', () => {
  it('delivers every line of every record in order and reports nothing', async () => {
    const harness = createHarness({ service: OK });
    const records = [
      kinesisRecord({ lines: ['a', 'b'] }),
      kinesisRecord({ seq: 2, lines: ['', 'd "quoted" \u0001 😀'] }),
      kinesisRecord({ seq: 4, lines: [] }),
    ];

    const report = await harness.deliver(records);

    expect(report).toEqual(NOTHING);
    expect(harness.sent.flatMap(({ texts }) => texts)).toEqual(['a', 'b', '', 'd "quoted" \u0001 😀']);
    expect(harness.counts.get('LinesReceived')).toBe(4);
    expect(harness.counts.get('LinesDelivered')).toBe(4);
  });

  it('delivers, and puts aside, every line of an event of several waves', async () => {
    const limits = { maxEvents: 100, maxBytes: 10_000_000, maxEventBytes: 100_000 };
    const service: Service = ({ texts }) => {
      const at = texts.findIndex((text) => text.startsWith('7 '));
      const rejected = at < 0 ? [] : [{ from: at, to: at + 1, reason: 'bad' }];
      return { ...DELIVERED, rejected };
    };
    const harness = createHarness({ service, manifest: { limits } });
    // More records than one wave takes, each in memory of its own.
    const lines = Array.from({ length: 2_100 }, (_, seq) => `${seq} ${'x'.repeat(Buffer.poolSize)}`);
    const records = lines.map((line, seq) => kinesisRecord({ seq, lines: [line] }));

    const report = await harness.deliver(records);

    expect(report).toEqual(NOTHING);
    expect(harness.sent.flatMap(({ texts }) => texts)).toEqual(lines);
    expect([...harness.objects.values()].map((object) => JSON.parse(object).Records)).toEqual([[records[7]]]);
  });

  it('never mixes agents in a request, nor workers where the destination asks for it', async () => {
    const harness = createHarness({ service: OK, manifest: { requestPer: 'worker', window: 1 } });
    const records = [
      kinesisRecord({ agent: 'CA_a', worker: 'w1', lines: ['a1'] }),
      kinesisRecord({ agent: 'CA_b', worker: 'w1', lines: ['b1'] }),
      kinesisRecord({ agent: 'CA_a', worker: 'w2', lines: ['a2'] }),
      kinesisRecord({ agent: 'CA_a', worker: 'w1', seq: 1, lines: ['a3'] }),
    ];

    await harness.deliver(records);

    expect(harness.sent.map(({ agentId, workerId, texts }) => [agentId, workerId, ...texts]).sort()).toEqual([
      ['CA_a', 'w1', 'a1', 'a3'],
      ['CA_a', 'w2', 'a2'],
      ['CA_b', 'w1', 'b1'],
    ]);
  });

  it('sends a boot in line number order although its records arrived out of order', async () => {
    const harness = createHarness({ service: OK });
    const records = [
      kinesisRecord({ seq: 2, lines: ['c'] }),
      kinesisRecord({ seq: 0, lines: ['a', 'b'] }),
      kinesisRecord({ boot: 'b2', seq: 0, lines: ['e'] }),
      kinesisRecord({ seq: 3, lines: ['d'] }),
    ];

    await harness.deliver(records);

    expect(harness.sent.flatMap(({ texts }) => texts)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('keeps one request in flight until the first success, then opens the window', async () => {
    let inFlight = 0;
    const seen: number[] = [];
    const harness = createHarness({
      manifest: { limits: { maxEvents: 1, maxBytes: 1_000, maxEventBytes: 1_000 }, window: 3 },
      service: async () => {
        inFlight += 1;
        seen.push(inFlight);
        await harness.clock.sleep(10);
        inFlight -= 1;
        return DELIVERED;
      },
    });

    await harness.deliver([kinesisRecord({ lines: ['1', '2', '3', '4', '5', '6', '7'] })]);

    expect(seen[0]).toBe(1);
    expect(seen[1]).toBe(1);
    expect(Math.max(...seen)).toBe(3);
  });

  it('leaves room for what an encoder writes at the end', async () => {
    const sizes: number[] = [];
    const harness = createHarness({
      manifest: { limits: { maxEvents: 1_000, maxBytes: 100, maxEventBytes: 50 } },
      end: () => '\n'.repeat(40),
      onBody: (bytes) => sizes.push(bytes),
      service: OK,
    });
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`);

    await harness.deliver([kinesisRecord({ lines })]);

    expect(harness.sent.flatMap(({ texts }) => texts)).toEqual(lines);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
  });

  it('sends nothing of an encoder whose end grows with the lines, and says so', async () => {
    const harness = createHarness({ end: (lines) => '\n'.repeat(lines), service: OK });
    const record = kinesisRecord({ lines: ['a'] });

    const report = await harness.deliver([record]);

    expect(report).toEqual({ batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] });
    expect(harness.sent).toEqual([]);
    expect(harness.logs).toContainEqual({
      event: 'internal_error',
      fields: { agent: 'CA_a', error: 'RangeError' },
    });
  });

  it('splits a line that is too long for the service into parts that join to it', async () => {
    const harness = createHarness({
      service: OK,
      manifest: { limits: { maxEvents: 100, maxBytes: 500, maxEventBytes: 100 } },
    });
    const long = '0123456789ü"\\'.repeat(60);

    const report = await harness.deliver([kinesisRecord({ lines: ['before', long, 'after'] })]);

    const texts = harness.sent.flatMap((one) => one.texts);
    expect(report).toEqual(NOTHING);
    expect(texts[0]).toBe('before');
    expect(texts.at(-1)).toBe('after');
    expect(texts.slice(1, -1).join('')).toBe(long);
    expect(Math.max(...texts.map((text) => JSON.stringify(text).length))).toBeLessThanOrEqual(100);
    expect(harness.counts.get('LinesDelivered')).toBe(3);
  });

  it('needs no request of its own for a line that is too long, by itself or with what is written around it', async () => {
    const harness = createHarness({
      service: OK,
      manifest: { limits: { maxEvents: 1_000, maxBytes: 100_000, maxEventBytes: 100 } },
    });
    const lines = Array.from({ length: 60 }, (_, at) => `${at} ${'x'.repeat(80 + at)}`);

    await harness.deliver([kinesisRecord({ lines })]);

    expect(harness.sent).toHaveLength(1);
    expect(harness.sent[0]?.texts.join('')).toBe(lines.join(''));
  });
});

describe('retries', () => {
  it('tries again after a failure and delivers once', async () => {
    const answers = [retry(), retry(), DELIVERED];
    const harness = createHarness({ service: () => answers.shift() ?? DELIVERED });

    const report = await harness.deliver([kinesisRecord({ lines: ['a'] })]);

    expect(report).toEqual(NOTHING);
    expect(harness.sent).toHaveLength(3);
    expect(harness.counts.get('LinesDelivered')).toBe(1);
    expect(harness.counts.get('AttemptsFailed')).toBe(2);
  });

  it('waits exactly as long as the service says', async () => {
    const answers = [retry('throttled', 3_210), DELIVERED];
    const harness = createHarness({ service: () => answers.shift() ?? DELIVERED });

    await harness.deliver([kinesisRecord({ lines: ['a'] })]);

    expect(harness.sent.map(({ atMs }) => atMs - T0)).toEqual([0, 3_210]);
  });

  it('spends no more than its budget, then reports the record and leaves the rest unsent', async () => {
    const harness = createHarness({ service: () => retry() });
    const records = [kinesisRecord({ lines: ['a'] }), kinesisRecord({ seq: 1, lines: ['b'] })];

    const report = await harness.deliver(records);

    expect(report).toEqual(reported(records[0] as never));
    expect(harness.clock.now() - T0).toBeLessThanOrEqual(5_000);
    expect(harness.objects.size).toBe(0);
  });

  it('sends only what is still open after a partial success', async () => {
    const answers: Outcome[] = [
      {
        accepted: [{ from: 0, to: 1 }],
        rejected: [{ from: 1, to: 2, reason: 'bad' }],
        rest: { fate: 'retry', reason: 'more', afterMs: 0 },
      },
      DELIVERED,
    ];
    const harness = createHarness({ service: () => answers.shift() ?? DELIVERED });

    const report = await harness.deliver([kinesisRecord({ lines: ['a', 'b', 'c'] })]);

    expect(report).toEqual(NOTHING);
    expect(harness.sent.map(({ texts }) => texts)).toEqual([['a', 'b', 'c'], ['c']]);
    expect(
      [...harness.objects.keys()].filter((key) => key.startsWith('rejected/datadog/CA_a/')),
    ).toHaveLength(1);
    expect(harness.counts.get('LinesRejected')).toBe(1);
  });

  it('begins nothing new while a request is in trouble', async () => {
    let failed = false;
    const harness = createHarness({
      manifest: { limits: { maxEvents: 1, maxBytes: 1_000, maxEventBytes: 1_000 } },
      service: async ({ texts }) => {
        await harness.clock.sleep(1);
        if (texts[0] === '1' && !failed) {
          failed = true;
          return retry();
        }
        return DELIVERED;
      },
    });

    await harness.deliver([
      kinesisRecord({ lines: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10'] }),
    ]);

    const order = harness.sent.map(({ texts }) => texts[0]);
    expect(order.lastIndexOf('1')).toBeLessThan(order.indexOf('10'));
    expect(new Set(order).size).toBe(11);
  });
});

describe('rejected lines', () => {
  it('are put aside once, although a redrive repeats their records', async () => {
    const harness = createHarness({
      service: ({ texts }) => ({
        ...DELIVERED,
        rejected: texts.flatMap((text, at) =>
          text === 'bad' ? [{ from: at, to: at + 1, reason: 'bad' }] : [],
        ),
      }),
    });
    const records = [kinesisRecord({ lines: ['a', 'bad'] }), kinesisRecord({ seq: 2, lines: ['bad', 'b'] })];

    await harness.deliver(records, { redrive: true });
    await harness.deliver(records.slice(1), { redrive: true });
    const again = await harness.deliver(records, { redrive: true, rejected: true });

    expect(harness.objects.size).toBe(1);
    expect(harness.counts.get('LinesRejected')).toBe(2);
    // Rejected lines that are sent again on command are tried, and stay where they are.
    expect(harness.sent.at(-1)?.texts).toEqual(['bad', 'bad']);
    expect(again.batchItemFailures).toHaveLength(1);
  });

  it('of one reason are put into one object, and no two lines into each other’s', async () => {
    const bad = new Set([2, 5, 6, 9]);
    const harness = createHarness({
      service: ({ texts }) => {
        const rejected = texts.flatMap((text, at) =>
          bad.has(Number(text))
            ? [{ from: at, to: at + 1, reason: Number(text) === 9 ? 'other' : 'bad' }]
            : [],
        );
        return { accepted: [], rejected, rest: { fate: 'delivered' } };
      },
    });

    await harness.deliver([
      kinesisRecord({ lines: ['0', '1', '2', '3', '4'] }),
      kinesisRecord({ seq: 5, lines: ['5', '6', '7', '8', '9'] }),
    ]);

    const objects = [...harness.objects.values()].map((body) => JSON.parse(body) as { lines: number });
    expect(objects.map(({ lines }) => lines)).toEqual([3, 1]);
    expect(harness.counts.get('LinesDelivered')).toBe(6);
  });
});

describe('refusals', () => {
  it('reads the secret afresh, tries again, and goes on with the new settings', async () => {
    let token = 'old-token';
    const harness = createHarness({
      secret: () => ({ kind: 'found', text: JSON.stringify({ TOKEN: token }) }),
      service: ({ settings }) => {
        if (settings.token === 'new-token') return DELIVERED;
        token = 'new-token';
        return outcome({ fate: 'misconfigured', reason: 'unauthorized' });
      },
    });

    const report = await harness.deliver([kinesisRecord({ lines: ['a'] })]);

    expect(report).toEqual(NOTHING);
    expect(harness.sent.map(({ settings }) => settings.token)).toEqual(['old-token', 'new-token']);
    expect(harness.objects.size).toBe(0);
  });

  it('parks all lines of the agent as one object, masked, and opens its breaker', async () => {
    const harness = createHarness({
      service: () =>
        outcome(
          { fate: 'misconfigured', reason: 'forbidden' },
          'key t0ken-value for "line content" is\r\nbad',
        ),
    });
    const records = [
      kinesisRecord({ lines: ['line content that is long'] }),
      kinesisRecord({ seq: 1, lines: ['b', 'c'] }),
    ];

    const report = await harness.deliver(records);
    const [key, body] = [...harness.objects][0] as [string, string];
    const object = JSON.parse(body);
    await harness.deliver([kinesisRecord({ seq: 3, lines: ['d'] })]);

    expect(report).toEqual(NOTHING);
    expect(key).toMatch(new RegExp(`^parked/datadog/CA_a/2026/01/15/${T0}-[0-9a-f]{32}\\.json$`));
    expect(object).toMatchObject({
      version: 1,
      redrive: true,
      reason: 'forbidden',
      lines: 3,
      Records: records,
    });
    expect(object.answer).toContain('***');
    expect(object.answer).not.toMatch(/t0ken|line content|[\r\n]/);
    expect(harness.counts.get('LinesMisconfigured')).toBe(4);
    expect(harness.sent).toHaveLength(3);
  });

  it('parks lines whose settings lack what is required, naming it', async () => {
    const harness = createHarness({ service: OK, secret: () => ({ kind: 'found', text: '{}' }) });

    const report = await harness.deliver([kinesisRecord({ lines: ['a'] })]);

    expect(report).toEqual(NOTHING);
    expect(harness.sent).toHaveLength(0);
    expect([...harness.objects.values()][0]).toContain('TOKEN is required');
  });

  it('skips and counts the lines of an agent without settings', async () => {
    const harness = createHarness({ service: OK, secret: () => ({ kind: 'absent' }) });

    const report = await harness.deliver([kinesisRecord({ lines: ['a', 'b'] })]);

    expect(report).toEqual(NOTHING);
    expect(harness.counts.get('LinesSkipped')).toBe(2);
  });

  it('parks the lines of an agent whose settings are marked for deletion, and sends again when they are back', async () => {
    let deleted = true;
    const harness = createHarness({
      service: OK,
      secret: (name) => {
        if (!name.includes('CA_a') || !deleted) return { kind: 'found', text: '{"TOKEN":"t0ken-value"}' };
        return { kind: 'deleted' };
      },
    });

    const report = await harness.deliver([kinesisRecord({ lines: ['a', 'b'] })]);
    const [body = ''] = harness.objects.values();
    deleted = false;
    harness.clock.advance(61_000);
    await harness.deliver([kinesisRecord({ seq: 2, lines: ['c'] })]);

    expect(report).toEqual(NOTHING);
    expect(JSON.parse(body)).toMatchObject({
      reason: 'settings-deleted',
      answer: 'log-drain/CA_a/datadog is marked for deletion',
      lines: 2,
    });
    expect(harness.counts.get('LinesMisconfigured')).toBe(2);
    expect(harness.counts.get('LinesSkipped')).toBeUndefined();
    expect(harness.sent.map(({ texts }) => texts)).toEqual([['c']]);
  });

  it('parks few agents at once', async () => {
    let atOnce = 0;
    let most = 0;
    const harness = createHarness({
      service: () => outcome({ fate: 'misconfigured', reason: 'forbidden' }),
      canPark: async () => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        return true;
      },
    });

    const report = await harness.deliver(ofAgents(100));

    expect(report).toEqual(NOTHING);
    expect(harness.objects.size).toBe(100);
    expect(most).toBe(32);
  });

  it('parks nothing more when the invocation is about to end, and the rest in the next one', async () => {
    const harness = createHarness({
      service: () => outcome({ fate: 'misconfigured', reason: 'forbidden' }),
      canPark: () => {
        harness.clock.advance(500);
        return true;
      },
    });
    const records = ofAgents(100);

    const report = await harness.deliver(records, { remainingMs: 20_000 });
    const parked = harness.objects.size;
    const endedMs = harness.clock.now() - T0;
    const again = await harness.deliver(records);

    expect(parked).toBe(18_000 / 500);
    expect(endedMs).toBe(18_000);
    expect(report).toEqual(reported(records[parked] as KinesisEventRecord));
    expect(again).toEqual(NOTHING);
    expect(harness.objects.size).toBe(100);
    expect(harness.counts.get('LinesParked')).toBe(100);
  });

  it('reports the record when parking fails', async () => {
    const harness = createHarness({
      service: () => outcome({ fate: 'misconfigured', reason: 'forbidden' }),
      canPark: () => false,
    });
    const record = kinesisRecord({ lines: ['a'] });

    const report = await harness.deliver([record]);

    expect(report).toEqual(reported(record));
    expect(harness.counts.get('LinesParked')).toBeUndefined();
  });
});

describe('a paced receiver', () => {
  it('is sent to as often as its drain says, over several invocations if it must be', async () => {
    const harness = createHarness({ service: OK, startsPerSecond: 10 });
    const records = ofAgents(100);
    const reports = [];

    for (let begin = 0; begin < records.length; ) {
      const report = await harness.deliver(records.slice(begin), { remainingMs: 8_000 });
      reports.push(report);
      const [failure] = report.batchItemFailures;
      const from = records.findIndex(({ kinesis }) => kinesis.sequenceNumber === failure?.itemIdentifier);
      begin = from === -1 ? records.length : from;
    }

    const starts = harness.sent.map(({ atMs }) => atMs - T0);
    expect(starts).toHaveLength(100);
    expect(starts.slice(1).every((start, at) => start - (starts[at] ?? 0) >= 100)).toBe(true);
    expect(harness.sent.map(({ agentId }) => agentId)).toEqual(ofAgents(100).map((_, at) => `CA_${at}`));
    expect(reports).toHaveLength(3);
  });
});

describe('stall and isolation', () => {
  const broken: Service = ({ agentId }) => (agentId === 'CA_bad' ? retry() : DELIVERED);

  it('lets a stalled agent wait in the stream until the isolation limit, then parks it', async () => {
    const harness = createHarness({ service: broken });
    const bad = kinesisRecord({ agent: 'CA_bad', lines: ['x'] });
    const records = [bad, kinesisRecord({ agent: 'CA_good', lines: ['y'] })];

    const first = await harness.deliver(records);
    harness.clock.advance(10_001);
    harness.restart();
    const second = await harness.deliver(records);

    expect(first).toEqual(reported(bad));
    expect(second).toEqual(NOTHING);
    expect(harness.counts.get('LinesParked')).toBe(1);
  });

  it('waits for the stall limit when the agent has been alone in the stream', async () => {
    const harness = createHarness({ service: () => retry() });
    const record = kinesisRecord({ lines: ['x'] });

    await harness.deliver([record]);
    harness.clock.advance(800_000);
    const before = await harness.deliver([record]);
    harness.clock.advance(100_001);
    const after = await harness.deliver([record]);

    expect(before).toEqual(reported(record));
    expect(after).toEqual(NOTHING);
    expect(harness.counts.get('LinesParked')).toBe(1);
  });

  it('sends one probe while the breaker is open, and delivers all again after it succeeds', async () => {
    let down = true;
    const harness = createHarness({ service: () => (down ? retry() : DELIVERED), isolationLimitMs: 0 });
    harness.clock.advance(1);

    await harness.deliver([kinesisRecord({ lines: ['a'] })]);
    const sentBefore = harness.sent.length;
    await harness.deliver([kinesisRecord({ seq: 1, lines: ['b'] })]);
    const probes = harness.sent.length - sentBefore;
    down = false;
    await harness.deliver([kinesisRecord({ seq: 2, lines: ['c'] })]);

    expect(probes).toBe(1);
    expect(harness.counts.get('LinesParked')).toBe(2);
    expect(harness.counts.get('LinesDelivered')).toBe(1);
  });

  it('sends nothing before the time that a long Retry-After names', async () => {
    const harness = createHarness({
      service: () => retry('throttled', 60_000),
      isolationLimitMs: 900_000,
    });
    const record = kinesisRecord({ lines: ['a'] });

    await harness.deliver([record]);
    harness.clock.advance(59_000);
    const during = await harness.deliver([record]);
    harness.clock.advance(1_001);
    await harness.deliver([record]);

    expect(during).toEqual(reported(record));
    expect(harness.sent.map(({ atMs }) => atMs - T0)).toEqual([0, 60_001]);
  });
});

it.each([3_600_001, 31_536_000_000, Number.POSITIVE_INFINITY])(
  'tries again after an hour where a service asks for a pause of %d ms',
  async (pauseMs) => {
    const harness = createHarness({
      service: () => retry('throttled', pauseMs),
      stallLimitMs: 36_000_000,
    });
    const record = kinesisRecord({ lines: ['a'] });

    await harness.deliver([record]);
    harness.clock.advance(3_599_000);
    await harness.deliver([record]);
    harness.clock.advance(1_001);
    await harness.deliver([record]);

    expect(harness.sent.map(({ atMs }) => atMs - T0)).toEqual([0, 3_600_001]);
  },
);

describe('repeats', () => {
  it('does not send a delivered line again from a warm container', async () => {
    let down = true;
    const harness = createHarness({
      service: ({ texts }) => (down && texts.includes('b') ? retry() : DELIVERED),
      manifest: { window: 1, limits: { maxEvents: 1, maxBytes: 1_000, maxEventBytes: 1_000 } },
    });
    const records = [kinesisRecord({ lines: ['a', 'b', 'c'] })];

    await harness.deliver(records);
    down = false;
    harness.sent.length = 0;
    const report = await harness.deliver(records);

    expect(report).toEqual(NOTHING);
    expect(harness.sent.flatMap(({ texts }) => texts)).toEqual(['b', 'c']);
    expect(harness.counts.get('LinesReceived')).toBe(3);
  });

  it('sends a line once that two records of a batch hold', async () => {
    const harness = createHarness({ service: OK });
    const records = [kinesisRecord({ lines: ['a', 'b'] }), kinesisRecord({ seq: 1, lines: ['b', 'c'] })];

    await harness.deliver(records);

    expect(harness.sent.flatMap(({ texts }) => texts)).toEqual(['a', 'b', 'c']);
    expect(harness.counts.get('Duplicates')).toBe(1);
  });

  const missing = ({ logs }: ReturnType<typeof createHarness>): unknown[] =>
    logs.filter(({ event }) => event === 'line_numbers_missing').map(({ fields }) => fields);

  it('tells of line numbers that are missing a minute later, with the next lines of any agent', async () => {
    const harness = createHarness({ service: OK });

    await harness.deliver([kinesisRecord({ lines: ['a'] }), kinesisRecord({ seq: 5, lines: ['f'] })]);
    expect(missing(harness)).toEqual([]);
    await harness.clock.sleep(60_000);
    await harness.deliver([kinesisRecord({ agent: 'CA_other', boot: 'other', lines: ['x'] })]);

    expect(missing(harness)).toEqual([{ agent: 'CA_a', worker: 'CAW_w', from: 1, lines: 4 }]);
  });

  it('tells of no line numbers that only come late, as a throttled shipper sends them', async () => {
    const harness = createHarness({ service: OK });

    await harness.deliver([kinesisRecord({ lines: ['a'] }), kinesisRecord({ seq: 2, lines: ['c'] })]);
    await harness.deliver([kinesisRecord({ seq: 4, lines: ['e'] }), kinesisRecord({ seq: 1, lines: ['b'] })]);
    await harness.clock.sleep(60_000);
    await harness.deliver([kinesisRecord({ seq: 5, lines: ['f'] })]);

    expect(missing(harness)).toMatchObject([{ from: 3, lines: 1 }]);
  });
});

describe('redrive', () => {
  it('never parks: what is not delivered comes back in the report', async () => {
    const harness = createHarness({ service: () => outcome({ fate: 'misconfigured', reason: 'forbidden' }) });
    const record = kinesisRecord({ lines: ['a'] });

    const report = await harness.deliver([record], { redrive: true });

    expect(report).toEqual(reported(record));
    expect(harness.objects.size).toBe(0);
  });

  for (const secret of [{ kind: 'absent' }, { kind: 'deleted' }] as const) {
    it(`reports lines whose settings are ${secret.kind} by then, and counts none as skipped`, async () => {
      const harness = createHarness({ service: OK, secret: () => secret });
      const records = [kinesisRecord({ lines: ['a'] }), kinesisRecord({ seq: 1, lines: ['b'] })];

      const parked = await harness.deliver(records, { redrive: true });
      const rejected = await harness.deliver(records, { redrive: true, rejected: true });

      expect([parked, rejected]).toEqual([
        reported(records[0] as KinesisEventRecord),
        reported(records[0] as KinesisEventRecord),
      ]);
      expect(harness.counts.get('LinesSkipped')).toBeUndefined();
      expect(harness.objects.size).toBe(0);
    });
  }

  it('sends lines that the mapping would skip since they are parked', async () => {
    let refuse = true;
    const harness = createHarness({
      service: () => (refuse ? outcome({ fate: 'misconfigured', reason: 'forbidden' }) : DELIVERED),
    });
    const record = kinesisRecord({ lines: ['a'] });
    await harness.deliver([record]);
    refuse = false;

    const again = await harness.deliver([record]);
    const sentByMapping = harness.sent.filter(({ texts }) => texts.includes('a')).length;
    const report = await harness.deliver([record], { redrive: true });

    expect(again).toEqual(NOTHING);
    expect(report).toEqual(NOTHING);
    expect(harness.sent.filter(({ texts }) => texts.includes('a'))).toHaveLength(sentByMapping + 1);
  });
});

describe('bad input', () => {
  it('parks an unreadable record and delivers the others', async () => {
    const harness = createHarness({ service: OK });
    const bad = rawRecord(Buffer.from('not a record at all'));

    const report = await harness.deliver([bad, kinesisRecord({ lines: ['a'] })]);

    expect(report).toEqual(NOTHING);
    expect([...harness.objects.keys()]).toEqual([
      unreadableObjectKey('datadog', { arrivalMs: T0, eventId: bad.eventID }),
    ]);
    expect(harness.counts.get('LinesUnreadable')).toBe(1);
    expect(harness.sent).toHaveLength(1);
  });

  it('delivers or sets aside a record whose worker changes with every line, however often', async () => {
    const limits = { maxEvents: 10_000, maxBytes: 10_000_000, maxEventBytes: 1_000 };
    const harness = createHarness({ service: OK, manifest: { limits } });
    const pair = '{"agent_id":"CA_a","worker_id":"w1","message":"a"}{"agent_id":"CA_a","worker_id":"w2"}';
    const [many, tooMany] = [15_000, 65_000].map((pairs) => rawRecord(Buffer.from(pair.repeat(pairs))));

    const report = await harness.deliver([many, tooMany].filter((record) => record !== undefined));

    expect(report).toEqual(NOTHING);
    expect(harness.counts.get('LinesDelivered')).toBe(30_000);
    expect([...harness.objects.keys()]).toEqual([
      unreadableObjectKey('datadog', { arrivalMs: T0, eventId: tooMany?.eventID ?? '' }),
    ]);
  });

  it('keeps the other agents going when one agent meets a bug', async () => {
    const harness = createHarness({
      service: ({ agentId }) => {
        if (agentId === 'CA_bug') throw new TypeError('a bug');
        return DELIVERED;
      },
    });
    const bug = kinesisRecord({ agent: 'CA_bug', lines: ['x'] });

    const report = await harness.deliver([kinesisRecord({ agent: 'CA_ok', lines: ['y'] }), bug]);

    expect(report).toEqual(reported(bug));
    expect(harness.counts.get('LinesDelivered')).toBe(1);
  });

  it('reports what was not begun when time ran out', async () => {
    const harness = createHarness({ service: OK });
    const record = kinesisRecord({ lines: ['x'] });

    const report = await harness.deliver([record], { remainingMs: 3_100 });

    expect(report).toEqual(reported(record));
    expect(harness.objects.size).toBe(0);
  });
});
