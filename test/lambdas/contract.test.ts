import { afterEach, describe, expect, it } from 'vitest';
import { type AnyDestination, loadDestination } from '../../lambdas/load-destination.ts';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import { createFaults, type FaultRule } from '../../receivers/kit/faults.ts';
import type { AcceptedEvent, Receiver } from '../../receivers/kit/receiver.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { systemClock } from '../../shared/base/clock.ts';
import {
  createDeliveries,
  createServiceClock,
  type Deliveries,
  kinesisRecord,
  type Surroundings,
} from '../helpers/engine-harness.ts';

interface Case extends Pick<AnyDestination, 'manifest' | 'parse'> {
  readonly id: DestinationId;
  readonly deliveries: (surroundings: Surroundings) => Deliveries;
}

const CASES = await Promise.all(
  MANIFESTS.map(async ({ id }) => {
    const destination = await loadDestination(id);
    const { manifest, parse } = destination;
    const deliveries: Case['deliveries'] = (surroundings) => createDeliveries(destination, surroundings);
    return [id, { id, manifest, parse, deliveries } satisfies Case] as const;
  }),
);

const TROUBLE: FaultRule = { kind: 'status', status: 500, body: '{}' };

const MARKER = 'm4rker-line-content';

/** What services answer by the way that all HTTP destinations share, but for CloudWatch's, when they have taken a request. */
const SUCCESSES: Readonly<
  Partial<Record<DestinationId, readonly (readonly [status: number, body: string])[]>>
> = {
  datadog: [
    [202, '{}'],
    [202, ''],
  ],
  sentry: [
    [200, '{}'],
    [200, '{"id":"9ec79c33ec9942ab8353589fcb2e04dc"}'],
  ],
  newrelic: [[202, '{"requestId":"f3c4ce4d-0001-b000-0000-018a6d6a6f01"}']],
  splunk: [
    [200, '{"text":"Success","code":0}'],
    [200, '{"text":"Success","code":0,"ackId":12}'],
  ],
};

interface World {
  readonly deliveries: Deliveries;
  readonly receiver: Receiver;
  readonly accepted: AcceptedEvent[];
  readonly texts: () => string[];
}

interface WorldOptions {
  readonly faults?: readonly FaultRule[];
  readonly surroundings?: Surroundings;
}

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A destination's real drain in the real engine, in front of the service's strict receiver. */
async function worldOf(one: Case, { faults = [], surroundings = {} }: WorldOptions = {}): Promise<World> {
  const accepted: AcceptedEvent[] = [];
  const { start } = RECEIVERS[one.id];
  const receiver = await start((event) => accepted.push(event), { faults: createFaults(faults) });
  closing.push(receiver.close);
  const clock = surroundings.clock ?? createServiceClock();
  const deliveries = one.deliveries({
    secret: () => ({ kind: 'found', text: JSON.stringify(receiver.settings) }),
    ...surroundings,
    clock,
  });
  return { deliveries, receiver, accepted, texts: () => accepted.map(({ text }) => text) };
}

const now = () => ({ timeMs: Date.now(), arrivalMs: Date.now() });
const NOTHING = { batchItemFailures: [] };

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `line ${String(i).padStart(6, '0')} ${MARKER}`);
}

describe.each(CASES)('%s', (id, one) => {
  const overHttp = RECEIVERS[id].protocol === 'http';
  const { refusal } = RECEIVERS[id].answers;
  const refusedForEver: readonly FaultRule[] = refusal === undefined ? [] : [{ ...refusal, times: 0 }];

  it('delivers lines in order, with agent, worker, stream, time and number, and breaks no rule of the service', async () => {
    const world = await worldOf(one);
    const lines = [
      'plain',
      'grüße ☃ 😀',
      '{"level":"error","msg":"boom \\"quoted\\""}',
      'tab\tend',
      '  spaces  ',
    ];
    const { timeMs, arrivalMs } = now();

    const report = await world.deliveries.deliver([
      kinesisRecord({ lines, timeMs, arrivalMs, worker: 'CAW_1' }),
    ]);

    expect(report).toEqual(NOTHING);
    expect(world.texts()).toEqual(lines);
    expect(world.receiver.violations).toEqual([]);
    for (const [i, event] of world.accepted.entries()) {
      expect(event).toMatchObject({ agent: 'CA_a', worker: 'CAW_1', timeMs });
      expect([undefined, 'stdout']).toContain(event.stream);
      expect([undefined, i]).toContain(event.seq);
    }
  });

  it.each(SUCCESSES[id] ?? [])(
    'counts its success, %i %s, as one although it is called HTML',
    async (status, body) => {
      const headers = { 'content-type': 'text/html; charset=UTF-8' };
      const world = await worldOf(one, {
        faults: [{ kind: 'accept-then-status', status, headers, body, times: 0 }],
      });

      const report = await world.deliveries.deliver([kinesisRecord({ lines: ['a', 'b'], ...now() })]);

      expect([report, world.texts()]).toEqual([NOTHING, ['a', 'b']]);
      expect(world.deliveries.counts.get('LinesDelivered')).toBe(2);
      expect(world.deliveries.counts.get('AttemptsFailed')).toBeUndefined();
    },
  );

  it('delivers empty lines and control characters without breaking a rule', async () => {
    const world = await worldOf(one);
    const lines = ['', 'a\u0000b\u001b[31mc\u0007', 'x\ry', '\ufeffbom', '\u2028\u0085'];

    const report = await world.deliveries.deliver([kinesisRecord({ lines, ...now() })]);

    expect(report).toEqual(NOTHING);
    expect(world.accepted).toHaveLength(lines.length);
    expect(world.receiver.violations).toEqual([]);
    const shown = world
      .texts()
      .map((text) => text.replace(/#(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))));
    expect(shown.slice(1)).toEqual(lines.slice(1));
    expect(['', ' ']).toContain(shown[0]);
  });

  it('sends a line of 900 KB as parts that join to it, within the limits of the service', async () => {
    const world = await worldOf(one);
    const long = `${MARKER} "ü\\${'0123456789😀'.repeat(66_000)}`;

    const report = await world.deliveries.deliver([
      kinesisRecord({ lines: ['before', long, 'after'], ...now() }),
    ]);

    expect(report).toEqual(NOTHING);
    expect(world.receiver.violations).toEqual([]);
    const texts = world.texts();
    expect([texts[0], texts.at(-1)]).toEqual(['before', 'after']);
    expect(texts.slice(1, -1).join('') === long).toBe(true);
  });

  it('splits what is too much for one request', async () => {
    const world = await worldOf(one);
    const lines = numbered(12_000);

    const report = await world.deliveries.deliver([kinesisRecord({ lines, ...now() })]);

    expect(report).toEqual(NOTHING);
    expect(world.texts().sort()).toEqual(lines);
    expect(world.receiver.violations).toEqual([]);
  });

  it('sends each agent its own lines while others are encoded in the same memory', async () => {
    // The first agent's request waits for its answer while the second one's is encoded.
    const world = await worldOf(one, { faults: [{ kind: 'delay', ms: 50, times: 2 }] });
    const linesOf = (agent: string): string[] => numbered(40).map((line) => `${agent} ${line}`);
    const agents = ['CA_a', 'CA_b'];

    const report = await world.deliveries.deliver(
      agents.map((agent) => kinesisRecord({ agent, worker: `${agent}-w`, lines: linesOf(agent), ...now() })),
    );

    expect(report).toEqual(NOTHING);
    expect(world.receiver.violations).toEqual([]);
    for (const agent of agents) {
      const accepted = world.accepted.filter((event) => event.agent === agent);
      expect(accepted.map(({ text }) => text)).toEqual(linesOf(agent));
    }
  });

  it('delivers once after a failure that took nothing', async () => {
    const world = await worldOf(one, { faults: [TROUBLE] });

    const report = await world.deliveries.deliver([kinesisRecord({ lines: ['a', 'b'], ...now() })]);

    expect(report).toEqual(NOTHING);
    expect(world.texts()).toEqual(['a', 'b']);
    expect(world.deliveries.counts.get('AttemptsFailed')).toBe(1);
  });

  it('tries again on a connection that was reset', async () => {
    const world = await worldOf(one, { faults: [{ kind: 'reset', when: 'before', times: 2 }] });

    const report = await world.deliveries.deliver([kinesisRecord({ lines: ['a'], ...now() })]);

    expect(report).toEqual(NOTHING);
    expect(world.texts()).toEqual(['a']);
  });

  it('reports the record while nobody listens, and delivers it afterwards', async () => {
    const world = await worldOf(one);
    await world.receiver.close();
    const record = kinesisRecord({ lines: ['a'], ...now() });

    const report = await world.deliveries.deliver([record]);

    expect(report).toEqual({ batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] });
    expect(world.deliveries.objects.size).toBe(0);
  });

  it('ends although the service hangs, and reports the record', async () => {
    const world = await worldOf(one, {
      faults: [{ kind: 'hang', times: 0 }],
      surroundings: { clock: { ...systemClock, advance: () => undefined } },
    });
    const record = kinesisRecord({ lines: ['a'], ...now() });

    const report = await world.deliveries.deliver([record], { remainingMs: 4_500 });

    if (overHttp)
      expect(report).toEqual({ batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] });
    expect(world.deliveries.objects.size).toBe(0);
  });

  it('sends no line again from a warm container when a later request fails', async () => {
    const world = await worldOf(one, { faults: [{ ...TROUBLE, after: 1, times: 0 }] });
    const lines = numbered(12_000);
    const records = [
      kinesisRecord({ lines: lines.slice(0, 6_000), ...now() }),
      kinesisRecord({
        seq: 6_000,
        lines: lines.slice(6_000),
        ...now(),
        worker: id === 'cloudwatch' ? 'CAW_w2' : 'CAW_w',
      }),
    ];

    await world.deliveries.deliver(records);
    world.receiver.faults.set([]);
    const report = await world.deliveries.deliver(records);

    expect(report).toEqual(NOTHING);
    expect(world.texts().sort()).toEqual(lines);
  });

  it.runIf(overHttp && id !== 'cloudwatch')('waits exactly as long as Retry-After says', async () => {
    const world = await worldOf(one, {
      faults: [{ kind: 'status', status: 429, headers: { 'retry-after': '3' }, body: '{}' }],
    });
    const startMs = world.deliveries.clock.now();

    const report = await world.deliveries.deliver([kinesisRecord({ lines: ['a'], ...now() })]);

    expect(report).toEqual(NOTHING);
    expect(world.deliveries.clock.now() - startMs).toBe(3_000);
  });

  it.runIf(refusal)('reads the secret afresh when it is refused, then parks the lines', async () => {
    const reads: string[] = [];
    const world = await worldOf(one, { faults: refusedForEver });
    const text = JSON.stringify(world.receiver.settings);
    const deliveries = one.deliveries({
      clock: createServiceClock(),
      secret: (name) => {
        reads.push(name);
        return { kind: 'found', text };
      },
    });
    const record = kinesisRecord({ lines: ['a', 'b'], ...now() });

    const report = await deliveries.deliver([record]);

    expect(report).toEqual(NOTHING);
    expect(reads).toEqual([`log-drain/CA_a/${id}`, `log-drain/CA_a/${id}`]);
    expect(deliveries.counts.get('LinesMisconfigured')).toBe(2);
    const [key = '', body = ''] = [...deliveries.objects][0] ?? [];
    expect(key).toMatch(new RegExp(`^parked/${id}/CA_a/\\d{4}/\\d\\d/\\d\\d/\\d+-[0-9a-f]{32}\\.json$`));
    expect(JSON.parse(body)).toMatchObject({ redrive: true, lines: 2, Records: [record] });
  });

  it.runIf(refusal)('never parks in a redrive', async () => {
    const world = await worldOf(one, { faults: refusedForEver });
    const record = kinesisRecord({ lines: ['a'], ...now() });

    const report = await world.deliveries.deliver([record], { redrive: true });

    expect(report).toEqual({ batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] });
    expect(world.deliveries.objects.size).toBe(0);
  });

  it('names each required setting that is missing, all in one answer', () => {
    const required = one.manifest.settings.filter(({ required: needed }) => needed).map(({ name }) => name);
    const parsed = one.parse(id === 'splunk' ? { LOGS_ENABLE_SPLUNK: '1' } : {});

    expect(parsed.kind).toBe('bad');
    const problems = parsed.kind === 'bad' ? parsed.problems.join('\n') : '';
    for (const name of required.filter((setting) => setting !== 'LOGS_ENABLE_SPLUNK'))
      expect(problems).toContain(name);
  });

  it('shows no secret and no line content in anything it tells', async () => {
    const world = await worldOf(one, { faults: [TROUBLE, { kind: 'reset', when: 'before' }] });
    const secrets = one.manifest.settings
      .filter(({ secret }) => secret)
      .map(({ name }) => world.receiver.settings[name]);

    await world.deliveries.deliver([kinesisRecord({ lines: numbered(3), ...now() })]);

    const told = JSON.stringify(world.deliveries.logs);
    expect(told).toContain('attempt_failed');
    expect(told).not.toContain(MARKER);
    for (const secret of secrets) if (secret !== undefined) expect(told).not.toContain(secret);
  });
});
