import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { MAX_PAYLOAD_BYTES } from '../helpers/runtime/api.ts';
import { withDrain } from '../helpers/runtime/drain.ts';
import {
  createWorker,
  fullEvent,
  type KinesisEvent,
  namedRecord,
  namesIn,
} from '../helpers/runtime/events.ts';
import { needsRuntime } from '../helpers/runtime/needed.ts';

const MEMORY_BYTES = 512 * 1024 * 1024;
const NOTHING_FAILED = { batchItemFailures: [] };

/** Two workers of one agent, one of another. */
function createWorkers() {
  return [
    createWorker('CA_one', 'CAW_a'),
    createWorker('CA_one', 'CAW_b'),
    createWorker('CA_two', 'CAW_c'),
  ] as const;
}

/** Over syslog nothing refuses but a certificate that nobody vouches for. */
function withoutAuthority(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== 'LOGS_CA'));
}

describe.each(MANIFESTS.map(({ id }) => id))('the %s function in the real runtime', (id) => {
  needsRuntime();

  it('delivers the largest event that there is, each line once, within its memory', async () => {
    const perRecord = 500;
    const workers = createWorkers();
    let turn = 0;
    const event = fullEvent(() => {
      const worker = workers[turn % 3] ?? workers[0];
      turn += 1;
      return namedRecord(worker, perRecord);
    });
    const names = namesIn(event).toSorted();
    expect(names).toHaveLength(event.Records.length * perRecord);
    expect(JSON.stringify(event).length).toBeGreaterThan(0.95 * MAX_PAYLOAD_BYTES);

    await withDrain(id, {}, async ({ runtime, receiver, accepted, deliver }) => {
      expect(await deliver(event)).toEqual(NOTHING_FAILED);

      expect(accepted.toSorted()).toEqual(names);
      expect(receiver.violations).toEqual([]);
      expect(runtime.peakBytes()).toBeLessThan(MEMORY_BYTES);
    });
  });

  it('parks what the service refuses, as JSON that the function takes again', async () => {
    const event = { Records: createWorkers().map((worker) => namedRecord(worker, 500)) };
    const names = namesIn(event).toSorted();
    const objects: KinesisEvent[] = [];

    const { refusal } = RECEIVERS[id].answers;
    await withDrain(id, refusal === undefined ? { settings: withoutAuthority } : {}, async (drain) => {
      if (refusal !== undefined) drain.receiver.faults.set([{ ...refusal, times: 0 }]);
      expect(await drain.deliver(event)).toEqual(NOTHING_FAILED);

      expect(drain.accepted).toEqual([]);
      for (const [key, body] of drain.parked()) {
        const object = JSON.parse(body) as KinesisEvent;
        expect(key).toMatch(
          new RegExp(`^parked/${id}/CA_(one|two)/\\d{4}/\\d\\d/\\d\\d/\\d+-[0-9a-f]{32}\\.json$`),
        );
        expect(object).toMatchObject({ version: 1, redrive: true, destination: id });
        objects.push(object);
      }
    });
    expect(objects.flatMap(namesIn).toSorted()).toEqual(names);

    await withDrain(id, {}, async ({ accepted, deliver }) => {
      for (const object of objects)
        expect(await deliver(object)).toEqual({ ...NOTHING_FAILED, undelivered: [] });
      expect(accepted.toSorted()).toEqual(names);
    });
  });
});
