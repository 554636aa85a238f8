import { describe, it } from 'vitest';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import { withDrain } from '../helpers/runtime/drain.ts';
import { createWorker, namedRecord, namesIn } from '../helpers/runtime/events.ts';
import { needsRuntime } from '../helpers/runtime/needed.ts';

const NOTHING_FAILED = { batchItemFailures: [] };

/** Enough for one success and not for all: CloudWatch's first lines go with the fifth request of an agent. */
function requestsToPass(id: DestinationId): number {
  return id === 'cloudwatch' ? 9 : 1;
}

/** Nobody's lines are old enough to be parked, however slow this machine is. */
const env = { ISOLATION_LIMIT_SECONDS: '900' };

describe.concurrent.each(MANIFESTS.map(({ id }) => id))(
  'the %s function, when its service is in trouble',
  (id) => {
    needsRuntime();

    it('reports the first record that was not delivered, and delivers the rest when asked again', async ({
      expect,
    }) => {
      const one = createWorker('CA_one', 'CAW_a');
      const two = createWorker('CA_two', 'CAW_b');
      const Records = [one, two, one, two].map((worker) => namedRecord(worker, 200, 2000));
      const names = namesIn({ Records });
      await withDrain(id, { env }, async ({ receiver, link, accepted, deliver }) => {
        receiver.faults.set([{ kind: 'status', status: 503, after: requestsToPass(id), times: 0 }]);
        const report = await deliver({ Records });

        const failed = report.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
        const at = Records.findIndex(({ kinesis }) => failed.includes(kinesis.sequenceNumber));
        const delivered = new Set(accepted);
        expect(failed).toHaveLength(1);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(namesIn({ Records: Records.slice(0, at) }).filter((name) => !delivered.has(name))).toEqual([]);
        expect(delivered.size).toBeGreaterThan(0);
        expect(delivered.size).toBeLessThan(names.length);

        // The last attempt may have ended with the time for it: it must not come to a service that is well again.
        await link.cut('reset');
        receiver.faults.set([]);
        expect(await deliver({ Records: Records.slice(at) })).toEqual(NOTHING_FAILED);
        expect(accepted.toSorted()).toEqual(names.toSorted());
      });
    });

    it('reports in time when the service hangs, so that the deadline does not kill it', async ({
      expect,
    }) => {
      const worker = createWorker('CA_one', 'CAW_a');
      const first = namedRecord(worker, 10);
      const second = namedRecord(worker, 10);

      await withDrain(id, { env, timeoutMs: 6_000 }, async ({ runtime, link, accepted, deliver }) => {
        link.mute();
        const report = await deliver({ Records: [first, second] });

        expect(report.batchItemFailures).toEqual([{ itemIdentifier: first.kinesis.sequenceNumber }]);
        expect(runtime.isGone()).toBe(false);
        expect(accepted).toEqual([]);
      });
    });
  },
);
