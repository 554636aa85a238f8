import { describe, expect, it } from 'vitest';
import { openSignalRoute } from '../../../shipper/agent/signal-route.ts';
import type { PassedSignal } from '../../../shipper/agent/signals.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

/** What is passed on of these signals, when the witness says so. */
async function passed(
  signals: readonly PassedSignal[],
  wasSentToAll: boolean | undefined,
  pid: number | undefined = process.pid,
): Promise<readonly PassedSignal[]> {
  const sent: PassedSignal[] = [];
  let ended = 0;
  const route = openSignalRoute({
    pid,
    words: [],
    send: (signal) => sent.push(signal),
    clock: createSimulatedClock(),
    start: () => ({ wasSentToAll: async () => wasSentToAll, end: () => (ended += 1) }),
  });
  for (const signal of signals) route.pass(signal);
  await new Promise(setImmediate);
  route.end();
  expect(ended).toBe(1);
  return sent;
}

describe('a signal', () => {
  it('is passed on where it was sent to us alone, or nobody can tell', async () => {
    expect(await passed(['SIGTERM', 'SIGINT'], false)).toEqual(['SIGTERM', 'SIGINT']);
    expect(await passed(['SIGTERM'], undefined)).toEqual(['SIGTERM']);
  });

  it('is not passed on where all got it', async () => {
    expect(await passed(['SIGTERM', 'SIGINT'], true)).toEqual([]);
  });

  it('is passed on to an agent of another group, whoever got it', async () => {
    // The first process of the machine has a group of its own.
    expect(await passed(['SIGTERM'], true, 1)).toEqual(['SIGTERM']);
  });
});
