import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { withDrain } from '../helpers/runtime/drain.ts';
import { createWorker, namedRecord, namesIn } from '../helpers/runtime/events.ts';
import type { Cut } from '../helpers/runtime/link.ts';
import { needsRuntime } from '../helpers/runtime/needed.ts';

const NOTHING_FAILED = { batchItemFailures: [] };
const CUTS: readonly Cut[] = ['end', 'reset', 'reset-in-use'];

describe.each(MANIFESTS.map(({ id }) => id))('the %s function, frozen between two events', (id) => {
  needsRuntime();

  it('delivers each line once, however its connections have ended meanwhile', async () => {
    const worker = createWorker('CA_one', 'CAW_a');
    const first = { Records: [namedRecord(worker, 50)] };
    const names = namesIn(first);

    await withDrain(id, { freeze: true }, async ({ runtime, link, accepted, deliver }) => {
      expect(await deliver(first)).toEqual(NOTHING_FAILED);
      for (const cut of CUTS) {
        await expect.poll(runtime.isFrozen).toBe(true);
        await link.cut(cut);
        const next = { Records: [namedRecord(worker, 50)] };
        names.push(...namesIn(next));

        expect(await deliver(next)).toEqual(NOTHING_FAILED);
        expect(accepted).toEqual(names);
      }
      // Nobody is told of a failure: an idle connection that is gone is no trouble of the service's.
      expect(runtime.output()).not.toContain('attempt_failed');
      // Syslog alone opens a connection for each event.
      expect(link.resetsInUse()).toBe(RECEIVERS[id].protocol === 'syslog' ? 0 : 1);
    });
  });
});
