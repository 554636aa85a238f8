import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { MAX_DECODED_BYTES } from '../../shared/record/format.ts';
import { withDrain } from '../helpers/runtime/drain.ts';
import { createWorker, fullEvent, type KinesisEvent, swellingRecord } from '../helpers/runtime/events.ts';
import { needsRuntime } from '../helpers/runtime/needed.ts';

const MEMORY_BYTES = 512 * 1024 * 1024;
/** Just under what a record may decode to, with room for its header. */
const SWOLLEN_BYTES = MAX_DECODED_BYTES - 1024;
const A = 0x61;
const LF = 0x0a;

/** The worst that 6 MiB hold: records that swell more than 10,000 times, to one line or to 16 million blank ones. */
function swellingEvent(): KinesisEvent {
  const worker = createWorker('CA_one', 'CAW_a');
  let records = 0;
  return fullEvent(() => {
    records += 1;
    return swellingRecord(worker, { byte: records % 3 === 0 ? LF : A, count: SWOLLEN_BYTES });
  });
}

describe.each(MANIFESTS.map(({ id }) => id))('the memory of the %s function', (id) => {
  needsRuntime();

  it('holds an event that swells to 70 GiB, and its deadline too', async () => {
    const event = swellingEvent();

    await withDrain(id, { timeoutMs: 10_000, keepNames: false }, async ({ runtime, deliver }) => {
      const { batchItemFailures } = await deliver(event);

      // To deliver all of it takes hours: what is left comes again.
      expect(batchItemFailures).toHaveLength(1);
      expect(runtime.peakBytes()).toBeGreaterThan(0);
      expect(runtime.peakBytes()).toBeLessThan(MEMORY_BYTES);
    });
  });
});
