import { strict as assert } from 'node:assert';
import type { FaultRule } from '../../receivers/kit/faults.ts';
import { reasonsParked } from '../checks/parked.ts';
import { takenOnce } from '../checks/taken-once.ts';
import { assertMet, aws, type Rules, setRules, status } from '../conditions/answers.ts';
import { type Fault, sized } from '../stage/fault.ts';
import { onStage } from '../stage/stage.ts';
import { writes } from '../stage/writes.ts';

/** Takes events `[from, to)` and answers so. */
const partly = (events: readonly [number, number], code: number, answer: object): FaultRule => ({
  kind: 'accept-then-status',
  events,
  status: code,
  body: JSON.stringify(answer),
});

/** The collector takes the events before the one that it names. */
const named = (code: number, collector: number, event: number): FaultRule =>
  partly([0, event], code, { text: 'words', code: collector, 'invalid-event-number': event });

const WHOLE = [0, Number.MAX_SAFE_INTEGER] as const;
const limits = (header: string): Readonly<Record<string, string>> => ({ 'x-sentry-rate-limits': header });
/** Taken, with limits for what comes next. */
const limited = (header: string): FaultRule => ({
  kind: 'accept-then-status',
  status: 200,
  body: '{}',
  headers: limits(header),
});

const telling: Rules = {
  splunk: [
    ...[6, 12, 13, 15].map((collector, i) => named(400, collector, 3 * i)),
    named(503, 9, 5),
    // Outside of the request: not believed.
    partly([0, 0], 400, { code: 6, 'invalid-event-number': 1_000_000 }),
    partly([0, 0], 400, { code: 6, 'invalid-event-number': -1 }),
  ],
  cloudwatch: [
    {
      ...partly([3, 40], 200, {
        rejectedLogEventsInfo: { tooOldLogEventEndIndex: 3, tooNewLogEventStartIndex: 40 },
      }),
      // Making the log group and the stream takes five requests.
      after: 5,
    },
    partly([2, 1_000_000], 200, { rejectedLogEventsInfo: { expiredLogEventEndIndex: 2 } }),
    partly(WHOLE, 400, { __type: 'DataAlreadyAcceptedException', message: 'words' }),
    ...aws(['ResourceNotFoundException']),
  ],
  sentry: [
    limited('1:log_item:organization:quota_exceeded'),
    limited('60:error;transaction:key, 1:log_byte:project'),
    limited('60:error:key'),
    status(429, '{"detail":"words"}', limits('1::organization')),
    status(429, '{"detail":"words"}', { 'retry-after': '1' }),
    status(503, '{"detail":"words"}', limits('1:default;log_item:organization')),
  ],
  // A bad line, looked for by halving: 1,000 lines are 1 after 10 steps.
  datadog: [{ ...status(400), times: 11 }],
};

const tellingAnswers: Fault = {
  group: 'services',
  name: 'answers that name lines, or tell how long to wait',
  note: "Splunk's invalid-event-number, CloudWatch's rejectedLogEventsInfo, Sentry's rate limits with any status, and Datadog's 400 that a single line is to blame for. Lines that are named are put aside as rejected; the row sends them once more at its end, as `log-drain redrive --rejected` does.",
  run: async (scale) => {
    const destinations = ['datadog', 'cloudwatch', 'sentry', 'splunk'] as const;
    const outcome = await onStage({ destinations }, async (stage) => {
      setRules(stage, telling);
      await writes(stage, sized(scale, 6_000, 20_000), { bytes: 1_000 });
      assertMet(stage);
      assert.deepEqual(reasonsParked(stage), []);
      for (const id of ['datadog', 'cloudwatch', 'splunk'] as const) {
        assert.ok(reasonsParked(stage, `rejected/${id}/`).length > 0, `${id}: lines were rejected`);
      }
      stage.faultEnds();
      await stage.redriveRejected();
    });
    assert.ok(outcome.parked > 0);
    return takenOnce(outcome);
  },
};

export const TELLING_FAULTS: readonly Fault[] = [tellingAnswers];
