import { strict as assert } from 'node:assert';
import type { FaultRule } from '../../receivers/kit/faults.ts';
import { linesAside, reasonsParked } from '../checks/parked.ts';
import { takenOnce } from '../checks/taken-once.ts';
import { answersOf, assertMet, type Rules, setRules } from '../conditions/answers.ts';
import { ALL, HTTP } from '../conditions/destinations.ts';
import { type Fault, type Scale, sized } from '../stage/fault.ts';
import { onStage } from '../stage/stage.ts';
import { writes } from '../stage/writes.ts';

/** The suite takes a third of the answers: each costs a try. */
const some = (rules: Rules, scale: Scale): Rules =>
  scale === 'full'
    ? rules
    : Object.fromEntries(Object.entries(rules).map(([id, all]) => [id, all.filter((_, i) => i % 3 === 0)]));

const passingCodes: Fault = {
  group: 'services',
  name: 'every answer that asks to wait',
  note: '408, 425, 429 and 5xx, each service with its own words for it; syslog has resets. All lines go out on a further try, none twice.',
  run: async (scale) => {
    let said = (): string => '';
    const outcome = await onStage({ destinations: ALL }, async (stage) => {
      said = stage.output;
      setRules(stage, some(answersOf('waiting'), scale));
      const count = sized(scale, 300, 20_000);
      // Their tries are counted apart.
      const agents = [1, 2, 3].map((i) => ({ agentId: `CA_${i}`, workerId: `W${i}` }));
      await Promise.all(agents.map((agent) => writes(stage, count, agent)));
      await stage.settled();
      assertMet(stage);
    });
    return takenOnce(outcome, said());
  },
};

/** Long lines fill records quickly; syslog, which cuts them, has no part in this. */
const LINE_BYTES = 8_000;

const refusingCodes: Fault = {
  group: 'services',
  name: 'every answer that refuses the account',
  note: '401 to 405, 407, redirects, and what each service has for it. The secret is read afresh once, then the lines are parked; a breaker makes one try for each further batch.',
  run: async (scale) => {
    let said = (): string => '';
    const outcome = await onStage({ destinations: HTTP, mapping: { batchSize: 1 } }, async (stage) => {
      said = stage.output;
      setRules(stage, some(answersOf('refusing'), scale));
      // A record holds 1 MiB of lines, and a batch a record: so many tries.
      const records = sized(scale, 8, 40);
      await writes(stage, Math.ceil((records * 1024 * 1024) / LINE_BYTES), { bytes: LINE_BYTES });
      assertMet(stage);
      stage.faultEnds();
      assert.deepEqual(reasonsParked(stage, 'rejected/'), []);
      await stage.redriveAll();
    });
    assert.ok(outcome.parked > 0);
    return takenOnce(outcome, said());
  },
};

const splittingCodes: Fault = {
  group: 'services',
  name: 'every answer that asks for less, or names no line',
  note: '413, 400 and what else of 4xx is like it, 501: the request is halved and its parts go out, none twice. A request of one line cannot be halved: that line is put aside as rejected, and sent once more at the end of the row.',
  run: async (scale) => {
    let said = (): string => '';
    const outcome = await onStage({ destinations: HTTP }, async (stage) => {
      said = stage.output;
      setRules(stage, answersOf('splitting'));
      await writes(stage, sized(scale, 18_000, 30_000), { bytes: 1_000 });
      assertMet(stage);
      stage.faultEnds();
      await stage.redriveRejected();
    });
    return takenOnce(outcome, said());
  },
};

/** Of an agent `W1`, as the body of a request holds their numbers. */
const BAD = [261, 777];
const BAD_LINES = BAD.map((n) => `W1 ${n}\\"`);

const badLines: Fault = {
  group: 'services',
  name: 'two lines of a thousand that a service refuses with all that come along',
  note: 'The service answers 400 to the whole request and names no line. The request is halved down to the two, which are put aside as rejected; the 998 others arrive once.',
  run: async () => {
    let said = (): string => '';
    const outcome = await onStage({ destinations: HTTP }, async (stage) => {
      said = stage.output;
      const rule: FaultRule = { kind: 'status-if', status: 400, holds: BAD_LINES, times: 0 };
      setRules(stage, Object.fromEntries(HTTP.map((id) => [id, [rule]])));
      await writes(stage, 1_000);
      for (const id of HTTP) assert.equal(linesAside(stage, `rejected/${id}/`), BAD.length, id);
      stage.faultEnds();
    });
    assert.equal(outcome.parked, BAD.length * HTTP.length);
    assert.equal(outcome.delivered, outcome.written - outcome.parked);
    return takenOnce(outcome, said());
  },
};

/** As sent, compressed: far below what a request may have, and far above what a line has. */
const GATEWAY_BYTES = 3_000;

const smallGateway: Fault = {
  group: 'services',
  name: 'a gateway that takes small requests only',
  note: 'It answers 413 above 3,000 bytes. All lines arrive, none twice, and nothing is rejected: the size is remembered.',
  run: async (scale) => {
    let said = (): string => '';
    const outcome = await onStage({ destinations: HTTP }, async (stage) => {
      said = stage.output;
      const rule: FaultRule = { kind: 'status-if', status: 413, largerThan: GATEWAY_BYTES, times: 0 };
      setRules(stage, Object.fromEntries(HTTP.map((id) => [id, [rule]])));
      await writes(stage, sized(scale, 2_000, 20_000), { bytes: 400 });
      for (const id of HTTP) assert.match(stage.output(), new RegExp(`${id}: .*"too-large"`), id);
      stage.faultEnds();
    });
    assert.equal(outcome.parked, 0);
    assert.equal(outcome.delivered, outcome.written);
    return takenOnce(outcome, said());
  },
};

export const CODE_FAULTS: readonly Fault[] = [
  passingCodes,
  refusingCodes,
  splittingCodes,
  badLines,
  smallGateway,
];
