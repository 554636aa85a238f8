import { strict as assert } from 'node:assert';
import type { FaultRule } from '../../receivers/kit/faults.ts';
import { reasonsParked } from '../checks/parked.ts';
import { takenOnce } from '../checks/taken-once.ts';
import { assertMet, aws, type Rules, setRules, splunk, status, statuses } from '../conditions/answers.ts';
import { ALL, HTTP } from '../conditions/destinations.ts';
import { type Fault, type Scale, sized } from '../stage/fault.ts';
import { onStage } from '../stage/stage.ts';
import { writes } from '../stage/writes.ts';

/** The suite takes a third of the answers: each costs a try. */
const some = (rules: Rules, scale: Scale): Rules =>
  scale === 'full'
    ? rules
    : Object.fromEntries(Object.entries(rules).map(([id, all]) => [id, all.filter((_, i) => i % 3 === 0)]));

const PASSING = statuses([408, 425, 429, 500, 502, 503, 504, 507, 599]);

const passing: Rules = {
  datadog: PASSING,
  newrelic: PASSING,
  // Without a word on how long, a 429 is a minute there.
  sentry: [
    ...statuses([408, 500, 502, 503, 504, 507, 599]),
    status(429, '', { 'x-sentry-rate-limits': '1:log_item:organization' }),
  ],
  splunk: [...PASSING, ...splunk(500, [8]), ...splunk(503, [9, 18, 19, 20, 23]), ...splunk(429, [26, 27])],
  cloudwatch: [
    ...statuses([408, 429, 500, 502, 503, 504]),
    ...aws(['ThrottlingException', 'RequestLimitExceeded', 'OperationAbortedException']),
    ...aws(['InvalidSequenceTokenException', 'com.amazonaws.logs#ThrottlingException:http://words/']),
    ...aws(['ServiceUnavailableException'], 'words', 503),
    ...aws(['InternalFailure'], 'words', 500),
  ],
  syslog: [{ kind: 'reset', when: 'before', times: 4 }],
};

const passingCodes: Fault = {
  group: 'services',
  name: 'every answer that asks to wait',
  note: '408, 425, 429 and 5xx, each service with its own words for it; syslog has resets. All lines go out on a further try, none twice.',
  run: async (scale) => {
    const outcome = await onStage({ destinations: ALL }, async (stage) => {
      setRules(stage, some(passing, scale));
      const count = sized(scale, 300, 20_000);
      // Their tries are counted apart.
      const agents = [1, 2, 3].map((i) => ({ agentId: `CA_${i}`, workerId: `W${i}` }));
      await Promise.all(agents.map((agent) => writes(stage, count, agent)));
      await stage.settled();
      assertMet(stage);
    });
    return takenOnce(outcome);
  },
};

/** Long lines fill records quickly; syslog, which cuts them, has no part in this. */
const LINE_BYTES = 8_000;

const REFUSING = statuses([401, 402, 403, 404, 405, 407, 301, 302, 303, 307, 308]);

const refusing: Rules = {
  datadog: [...REFUSING, status(403, '{}')],
  newrelic: REFUSING,
  sentry: REFUSING,
  splunk: [
    ...REFUSING,
    ...splunk(401, [2, 3]),
    ...splunk(403, [1, 4]),
    ...splunk(400, [7, 10, 11, 14, 16, 21, 22]),
  ],
  cloudwatch: [
    ...statuses([401, 403, 404, 301, 307]),
    ...aws(['UnrecognizedClientException', 'AccessDeniedException', 'InvalidSignatureException']),
    ...aws(['ExpiredTokenException', 'MissingAuthenticationToken', 'IncompleteSignature']),
    ...aws(['LimitExceededException']),
  ],
};

const refusingCodes: Fault = {
  group: 'services',
  name: 'every answer that refuses the account',
  note: '401 to 405, 407, redirects, and what each service has for it. The secret is read afresh once, then the lines are parked; a breaker makes one try for each further batch.',
  run: async (scale) => {
    const outcome = await onStage({ destinations: HTTP, mapping: { batchSize: 1 } }, async (stage) => {
      setRules(stage, some(refusing, scale));
      // A record holds 1 MiB of lines, and a batch a record: so many tries.
      const records = sized(scale, 8, 40);
      await writes(stage, Math.ceil((records * 1024 * 1024) / LINE_BYTES), { bytes: LINE_BYTES });
      assertMet(stage);
      stage.faultEnds();
      assert.deepEqual(reasonsParked(stage, 'rejected/'), []);
      await stage.redriveAll();
    });
    assert.ok(outcome.parked > 0);
    return takenOnce(outcome);
  },
};

/** Answers that let requests through in between, so that no request is halved down to one line. */
const spaced = (rules: readonly FaultRule[]): readonly FaultRule[] =>
  rules.map((rule) => ({ ...rule, after: 2 }));

const SPLITTING = statuses([413, 400, 406, 409, 410, 411, 414, 415, 418, 422, 431, 501]);

const splitting: Rules = {
  datadog: spaced(SPLITTING),
  newrelic: spaced(SPLITTING),
  sentry: spaced(SPLITTING),
  splunk: spaced([...SPLITTING, ...splunk(400, [5, 6, 12, 13, 15])]),
  cloudwatch: spaced([
    ...aws(['InvalidParameterException'], 'Upload too large: 9 bytes exceeds limit of 1048576'),
    ...aws(['InvalidParameterException'], 'Log event too large: 9 bytes exceeds limit of 1048576'),
    ...aws(['InvalidParameterException'], 'The batch of log events cannot span more than 24 hours.'),
    ...aws(['InvalidParameterException'], 'Log events must be in chronological order.'),
    ...aws(['SerializationException', 'ValidationException']),
    ...statuses([413]),
  ]),
};

const splittingCodes: Fault = {
  group: 'services',
  name: 'every answer that asks for less, or names no line',
  note: '413, 400 and what else of 4xx is like it, 501: the request is halved and its parts go out, none twice. A request of one line cannot be halved: that line is put aside as rejected, and sent once more at the end of the row.',
  run: async (scale) => {
    const outcome = await onStage({ destinations: HTTP }, async (stage) => {
      setRules(stage, splitting);
      await writes(stage, sized(scale, 18_000, 30_000), { bytes: 1_000 });
      assertMet(stage);
      stage.faultEnds();
      await stage.redriveRejected();
    });
    return takenOnce(outcome);
  },
};

export const CODE_FAULTS: readonly Fault[] = [passingCodes, refusingCodes, splittingCodes];
