import { describe, expect, it } from 'vitest';
import { DELIVERED, type Outcome, outcome } from '../../shared/destination/outcome.ts';
import { parseRedriveEvent } from '../../shared/parking/kinesis-event.ts';
import { createHarness, kinesisRecord, rawRecord, type Service } from '../helpers/engine-harness.ts';

type Records = ReturnType<typeof kinesisRecord>[];

function eventOf(...objects: readonly (Records | 'garbled')[]): string {
  const bodies = objects.map((records) =>
    records === 'garbled' ? { Records: [{ eventID: 7 }] } : { version: 1, redrive: true, Records: records },
  );
  return JSON.stringify({ redrive: true, objects: bodies });
}

const DOWN: Outcome = outcome({ fate: 'retry', reason: 'http-503' });
const REFUSED: Outcome = outcome({ fate: 'misconfigured', reason: 'forbidden' });

function answering(answers: Readonly<Record<string, Outcome>>): Service {
  return ({ agentId }) => answers[agentId] ?? DELIVERED;
}

const recordOf = (agent: string, text = agent) => kinesisRecord({ agent, boot: `b-${text}`, lines: [text] });

describe('a redrive event', () => {
  it('is reported object by object, with every record that is not delivered and why', async () => {
    const { redeliver, sent } = createHarness({ service: answering({ CA_down: DOWN, CA_no: REFUSED }) });

    const report = await redeliver(
      eventOf(
        [recordOf('CA_a', '1'), recordOf('CA_down'), recordOf('CA_a', '2')],
        [recordOf('CA_a', '3')],
        [recordOf('CA_no', '4'), recordOf('CA_no', '5')],
      ),
    );

    expect(report.undelivered).toEqual([
      { object: 0, records: [1], reason: 'http-503' },
      { object: 2, records: [0, 1], reason: 'forbidden' },
    ]);
    expect(report.batchItemFailures).toHaveLength(3);
    expect(sent.flatMap(({ texts }) => texts).filter((text) => /^\d$/.test(text))).toEqual(
      expect.arrayContaining(['1', '2', '3']),
    );
  });

  it('costs an agent in trouble one attempt, without waiting', async () => {
    const { redeliver, sent, clock } = createHarness({ service: answering({ CA_down: DOWN }) });
    const startedMs = clock.now();

    await redeliver(eventOf([recordOf('CA_down')]));

    expect(sent).toHaveLength(1);
    expect(clock.now() - startedMs).toBeLessThan(1_000);
  });

  it('is delivered for 31 agents while one hangs', async () => {
    const agents = Array.from({ length: 31 }, (_, i) => `CA_${i}`);
    const { redeliver } = createHarness({
      service: ({ agentId }, signal) =>
        agentId === 'CA_hangs'
          ? new Promise((resolve) => {
              signal.addEventListener('abort', () => resolve(outcome({ fate: 'retry', reason: 'timeout' })));
            })
          : DELIVERED,
    });

    const report = await redeliver(
      eventOf([recordOf('CA_hangs')], ...agents.map((agent) => [recordOf(agent)])),
    );

    expect(report.undelivered).toEqual([{ object: 0, records: [0], reason: 'timeout' }]);
  });

  it('parks nothing, and puts rejected lines aside', async () => {
    const { redeliver, objects } = createHarness({
      service: ({ agentId }) =>
        agentId === 'CA_bad' ? { ...DELIVERED, rejected: [{ from: 0, to: 1, reason: 'bad' }] } : REFUSED,
    });

    const report = await redeliver(eventOf([recordOf('CA_bad')], [recordOf('CA_no')]));

    expect(report.undelivered).toEqual([{ object: 1, records: [0], reason: 'forbidden' }]);
    expect([...objects.keys()].map((key) => key.split('/')[0])).toEqual(['rejected']);
  });

  it('delivers both parts of a record of another producer, which share its id', async () => {
    const lines = Array.from({ length: 4 }, (_, i) => ({
      agent_id: 'CA_a',
      message: `m${i}`,
      log_drain_index: i,
    }));
    const whole = rawRecord(Buffer.from(JSON.stringify(lines)));
    const part = (from: number, to: number) => ({
      ...whole,
      kinesis: {
        ...whole.kinesis,
        data: Buffer.from(JSON.stringify(lines.slice(from, to))).toString('base64'),
      },
    });
    const { redeliver, sent } = createHarness({ service: () => DELIVERED });

    const report = await redeliver(eventOf([part(0, 2)], [part(2, 4)]));

    expect(report.undelivered).toEqual([]);
    expect(sent.flatMap(({ texts }) => texts)).toEqual(['m0', 'm1', 'm2', 'm3']);
  });

  it('with an object that holds no records delivers the others', async () => {
    const { redeliver } = createHarness({ service: () => DELIVERED });

    const report = await redeliver(eventOf('garbled', [recordOf('CA_a')]));

    expect(report.undelivered).toEqual([{ object: 0, records: [], reason: 'garbled' }]);
  });

  it('may be an object alone, as redrive of before sends it', async () => {
    const records = [recordOf('CA_a'), recordOf('CA_no')];
    const { redeliver } = createHarness({ service: answering({ CA_no: REFUSED }) });

    const report = await redeliver(JSON.stringify({ redrive: true, Records: records }));

    expect(report).toEqual({
      batchItemFailures: [{ itemIdentifier: records[1]?.kinesis.sequenceNumber }],
      undelivered: [{ object: 0, records: [1], reason: 'forbidden' }],
    });
  });

  it('is none without the mark of one', () => {
    expect(parseRedriveEvent({ Records: [] })).toBeUndefined();
    expect(parseRedriveEvent(null)).toBeUndefined();
    expect(() => parseRedriveEvent({ redrive: true, Records: [7] })).toThrow(TypeError);
  });
});
