import { strict as assert } from 'node:assert';
import { linesAside, reasonsParked } from '../checks/parked.ts';
import { parkBefore, putAsideByLambda } from '../conditions/parked-objects.ts';
import { type Fault, sized } from '../stage/fault.ts';
import { onStage, type Stage } from '../stage/stage.ts';
import { writes } from '../stage/writes.ts';

const WELL = 'CA_well';
const REFUSED = [{ kind: 'status', status: 401, times: 0 }] as const;
/** Functions read settings in each invocation, as if minutes had passed. */
const FORGETFUL = { functions: { alwaysCold: true } };

/** Gives each of these agents an account of its own that is refused; the function that is returned ends that. */
async function refuse(stage: Stage, agents: readonly string[]): Promise<() => void> {
  const receiver = await stage.receiver('datadog');
  receiver.faults.set(REFUSED);
  for (const agentId of agents) stage.store(agentId, 'datadog', receiver.settings);
  return () => receiver.faults.set([]);
}

function linesOf(stage: Stage, agentId: string): number {
  return linesAside(stage, `parked/datadog/${agentId}/`);
}

const batches: Fault = {
  group: 'functions',
  name: 'batches that Lambda put aside, of a healthy agent and a refused one',
  note: 'One scheduled run of redrive delivers all of the healthy agent and leaves the other parked, as its own; once it is accepted, another sends that too.',
  run: (scale) =>
    onStage({}, async (stage) => {
      const end = await refuse(stage, ['CA_refused']);
      const count = sized(scale, 10, 50);
      for (let i = 0; i < count; i += 1)
        putAsideByLambda(stage, [
          { agentId: 'CA_refused', seq: i * 5, lines: 5 },
          { agentId: WELL, seq: i * 5, lines: 5 },
        ]);
      await stage.redrive();
      assert.deepEqual(stage.twin.parked('aws/'), []);
      assert.equal(linesOf(stage, WELL), 0);
      assert.equal(linesOf(stage, 'CA_refused'), count * 5);
      end();
      stage.faultEnds();
      await stage.redriveAll();
    }),
};

const backlog: Fault = {
  group: 'functions',
  name: 'a backlog of one agent beside many that are still refused',
  note: 'The objects of all are in the bucket. One scheduled run delivers the backlog, whoever is still refused, and the refused ones stay parked until they are accepted.',
  run: (scale) =>
    onStage({}, async (stage) => {
      const refused = Array.from({ length: sized(scale, 40, 200) }, (_, i) => `CA_refused${i}`);
      const end = await refuse(stage, refused);
      for (const agentId of refused) parkBefore(stage, { agentId, seq: 0, lines: 10 });
      const objects = sized(scale, 300, 5_000);
      for (let i = 0; i < objects; i += 1) parkBefore(stage, { agentId: WELL, seq: i * 10, lines: 10 });
      await stage.redrive();
      assert.equal(linesOf(stage, WELL), 0);
      assert.equal(linesAside(stage, 'parked/'), refused.length * 10);
      end();
      stage.faultEnds();
      await stage.redriveAll();
    }),
};

const gone: Fault = {
  group: 'functions',
  name: 'settings that are removed while lines are parked',
  note: 'Redrive delivers nothing and removes nothing. With the settings back, all is sent.',
  run: (scale) =>
    onStage(FORGETFUL, async (stage) => {
      stage.account('datadog').faults.set(REFUSED);
      await writes(stage, sized(scale, 1_000, 20_000), { workerId: 'W1' });
      const parked = linesAside(stage, 'parked/');
      assert.ok(parked > 0, 'lines were parked');
      const name = 'log-drain/default/datadog';
      const settings = stage.twin.secrets.get(name) ?? '';
      stage.twin.secrets.remove(name);
      stage.account('datadog').faults.set([]);
      await stage.redrive();
      assert.equal(linesAside(stage, 'parked/'), parked);
      assert.ok(reasonsParked(stage).length > 0);
      stage.twin.secrets.set(name, settings);
      stage.faultEnds();
      await stage.redriveAll();
    }),
};

/** Rows of what waits in the bucket. */
export const REDRIVE_FAULTS: readonly Fault[] = [batches, backlog, gone];
