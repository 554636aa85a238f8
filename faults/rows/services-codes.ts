import { strict as assert } from 'node:assert';
import { reasonsParked } from '../checks/parked.ts';
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

export const CODE_FAULTS: readonly Fault[] = [passingCodes, refusingCodes, splittingCodes];
