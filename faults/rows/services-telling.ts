import { strict as assert } from 'node:assert';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { reasonsParked } from '../checks/parked.ts';
import { takenOnce } from '../checks/taken-once.ts';
import { answersOf, assertMet, setRules } from '../conditions/answers.ts';
import { ALL } from '../conditions/destinations.ts';
import { type Fault, sized } from '../stage/fault.ts';
import { onStage } from '../stage/stage.ts';
import { writes } from '../stage/writes.ts';

const tellingAnswers: Fault = {
  group: 'services',
  name: 'answers that name lines, or tell how long to wait',
  note: "Splunk's invalid-event-number, CloudWatch's rejectedLogEventsInfo, Sentry's rate limits with any status, and Datadog's 400 that a single line is to blame for. Lines that are named are put aside as rejected; the row sends them once more at its end, as `log-drain redrive --rejected` does.",
  run: async (scale) => {
    const destinations = ALL.filter((id) => RECEIVERS[id].answers.telling.length > 0);
    let said = (): string => '';
    const outcome = await onStage({ destinations }, async (stage) => {
      said = stage.output;
      setRules(stage, answersOf('telling'));
      await writes(stage, sized(scale, 6_000, 20_000), { bytes: 1_000 });
      assertMet(stage);
      assert.deepEqual(reasonsParked(stage), []);
      for (const id of destinations.filter((one) => RECEIVERS[one].answers.tellingRejects)) {
        assert.ok(reasonsParked(stage, `rejected/${id}/`).length > 0, `${id}: lines were rejected`);
      }
      stage.faultEnds();
      await stage.redriveRejected();
    });
    assert.ok(outcome.parked > 0);
    return takenOnce(outcome, said());
  },
};

export const TELLING_FAULTS: readonly Fault[] = [tellingAnswers];
