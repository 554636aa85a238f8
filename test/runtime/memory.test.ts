import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { MAX_DECODED_BYTES } from '../../shared/record/format.ts';
import { withDrain } from '../helpers/runtime-drain.ts';
import { createWorker, fullEvent, swellingRecord } from '../helpers/runtime-events.ts';
import { needsRuntime } from '../helpers/runtime-needed.ts';

const MEMORY_BYTES = 512 * 1024 * 1024;
/** Just under what a record may decode to, with room for its header. */
const SWOLLEN_BYTES = MAX_DECODED_BYTES - 1024;

/** Records that swell more than 10,000 times, by the byte that is repeated in them. */
const SWELLING = { 'one line of 16 MiB each': 0x61, '16 million blank lines each': 0x0a } as const;

describe.each(MANIFESTS.map(({ id }) => id))('the memory of the %s function', (id) => {
  needsRuntime();

  it.each(Object.entries(SWELLING))('holds 6 MiB of records that swell to %s', async (_, byte) => {
    const worker = createWorker('CA_one', 'CAW_a');
    const event = fullEvent(() => swellingRecord(worker, { byte, count: SWOLLEN_BYTES }));

    await withDrain(id, { timeoutMs: 6_000, keepNames: false }, async ({ runtime }) => {
      const result = await runtime.invoke(event);

      // To deliver 70 GiB takes hours; how far this machine gets by the deadline is not the question.
      expect(result).not.toMatchObject({ errorType: 'Runtime.ExitError' });
      expect(runtime.peakBytes()).toBeGreaterThan(0);
      expect(runtime.peakBytes()).toBeLessThan(MEMORY_BYTES);
    });
  });
});
