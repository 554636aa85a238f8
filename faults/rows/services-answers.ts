import { strict as assert } from 'node:assert';
import type { DestinationId } from '../../lambdas/registry.ts';
import type { FaultRule } from '../../receivers/kit/faults.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { assertAllParked } from '../checks/parked.ts';
import { takenOnce } from '../checks/taken-once.ts';
import { answersOf, assertMet, setRules } from '../conditions/answers.ts';
import { ALL, HTTP, TWO } from '../conditions/destinations.ts';
import { type Fault, type Scale, sized } from '../stage/fault.ts';
import type { Conduct } from '../stage/front.ts';
import { onStage } from '../stage/stage.ts';
import { writes } from '../stage/writes.ts';

const of = (scale: Scale): readonly DestinationId[] => (scale === 'small' ? TWO : HTTP);

const taken: Fault = {
  group: 'services',
  name: 'request taken, the answer lost',
  note: 'Duplicates: no service has a key to tell a repetition by, so what was taken without an answer is sent again. Reset connections and 5xx of something in between.',
  run: async (scale) => {
    const outcome = await onStage({ destinations: ALL }, async (stage) => {
      for (const id of ALL) {
        const answers = [500, 502, 504].map((status): FaultRule => ({ kind: 'accept-then-status', status }));
        // CloudWatch's first requests make the log group and the stream. Others may get no more than one for each agent.
        const after = id === 'cloudwatch' ? 5 : 0;
        stage.account(id).faults.set([{ kind: 'reset', when: 'after', times: 2, after }, ...answers]);
      }
      const agents = Array.from({ length: 3 }, (_, i) => ({ agentId: `CA_${i}`, workerId: `W${i}` }));
      await Promise.all(agents.map((agent) => writes(stage, sized(scale, 2_000, 10_000), agent)));
      await stage.settled();
      // One connection for an invocation: syslog has few.
      for (const id of HTTP)
        assert.equal(stage.account(id).faults.next(), undefined, `${id}: gave every answer`);
    });
    assert.ok(outcome.duplicates > 0);
    return outcome;
  },
};

/** Each agent's way to the services is bad in one way. */
const BAD_WAYS: Readonly<Record<string, Conduct>> = {
  CA_half_head: { misconduct: { kind: 'cut-answer', bytes: 9 }, times: 1 },
  CA_half_body: { misconduct: { kind: 'cut-answer', bytes: 150 }, times: 1 },
  CA_drip: { misconduct: { kind: 'drip', everyMs: 200 }, times: 1 },
};

const badWays: Fault = {
  group: 'services',
  name: 'half an answer, or one byte at a time',
  note: 'Duplicates: the service had taken the request, and no status came, or none in time. A status that came is believed, whatever becomes of the rest.',
  run: (scale) =>
    onStage({ destinations: of(scale), functions: { timeoutMs: 8_000 } }, async (stage) => {
      const ways = Object.entries(BAD_WAYS).flatMap(([agentId, conduct]) =>
        stage.twin.drains.map(async ({ id }) => {
          const front = await stage.front(stage.account(id));
          front.conduct(conduct);
          stage.store(agentId, id, front.settings(stage.account(id)));
          return { name: `${agentId} at ${id}`, front };
        }),
      );
      const fronts = await Promise.all(ways);
      const agents = Object.keys(BAD_WAYS).map((agentId) => ({ agentId, workerId: `W_${agentId}` }));
      await Promise.all(agents.map((agent) => writes(stage, sized(scale, 500, 10_000), agent)));
      await stage.settled();
      for (const { name, front } of fronts) assert.equal(front.met(), 1, `${name}: was met`);
      for (const { mapping } of stage.twin.drains) assert.equal(mapping.counters.errors, 0);
    }),
};

const strange: Fault = {
  group: 'services',
  name: 'page of a proxy, or an error under a good status',
  note: 'What is not the service speaking, or the service speaking of an error, is no delivery, whatever its status: the request is sent again.',
  run: async (scale) => {
    let said = (): string => '';
    const outcome = await onStage({ destinations: HTTP }, async (stage) => {
      said = stage.output;
      setRules(stage, answersOf('misleading'));
      const agents = Array.from({ length: 3 }, (_, i) => ({ agentId: `CA_${i}`, workerId: `W${i}` }));
      await Promise.all(agents.map((agent) => writes(stage, sized(scale, 300, 10_000), agent)));
      await stage.settled();
      assertMet(stage);
    });
    return takenOnce(outcome, said());
  },
};

const throttled: Fault = {
  group: 'services',
  name: '429 for an hour, with and without a time to come back',
  note: 'An hour is 8 stall limits, which are 1 s here instead of 15 min. What is too old is parked, further batches make one try each, and all of it goes out when the hour is over.',
  run: (scale) =>
    onStage(
      {
        destinations: HTTP,
        environment: { STALL_LIMIT_SECONDS: '1', ISOLATION_LIMIT_SECONDS: '1' },
      },
      async (stage) => {
        for (const id of HTTP) {
          const rule = RECEIVERS[id].answers.throttling;
          if (rule !== undefined) stage.account(id).faults.set([{ ...rule, times: 0 }]);
        }
        const rate = sized(scale, 200, 3_000);
        const seconds = sized(scale, 4, 8);
        const agent = stage.agent({ does: [{ kind: 'lines', count: rate * seconds, rate, perWrite: 10 }] });
        assert.equal(await agent.ended, 0);
        await stage.settled();
        assertAllParked(stage);
        setRules(stage, {});
        stage.faultEnds();
        await stage.redriveAll();
      },
    ),
};

export const ANSWER_FAULTS: readonly Fault[] = [taken, badWays, strange, throttled];
