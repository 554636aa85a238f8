import { describe, expect, it } from 'vitest';
import { countStops, type StopSignal } from '../../../local/stop/stopping.ts';

function setUp() {
  let nowMs = 5_000;
  let send = (_signal: StopSignal): void => undefined;
  const stopping = countStops(
    (listener) => (send = listener),
    () => nowMs,
  );
  return {
    stopping,
    send: (signal: StopSignal, afterMs = 0) => {
      nowMs += afterMs;
      send(signal);
    },
  };
}

describe('signals that ask to end', () => {
  it('are none at first', () => {
    const { stopping } = setUp();

    expect([stopping.isStopped(), stopping.isHurried()]).toEqual([false, false]);
  });

  it('count once, with what it was', async () => {
    const { stopping, send } = setUp();
    send('SIGTERM');

    expect(await stopping.once).toBe('SIGTERM');
    expect([stopping.isStopped(), stopping.isHurried()]).toEqual([true, false]);
  });

  it('are one where npm passes on what a terminal has sent', () => {
    const { stopping, send } = setUp();
    send('SIGINT');
    send('SIGINT', 20);
    send('SIGINT', 400);

    expect(stopping.isHurried()).toBe(false);
  });

  it('are two some time later', async () => {
    const { stopping, send } = setUp();
    send('SIGINT');
    send('SIGINT', 600);

    await stopping.twice;
    expect(stopping.isHurried()).toBe(true);
  });

  it('are two if they differ, however close', async () => {
    const { stopping, send } = setUp();
    send('SIGINT');
    send('SIGTERM');

    await stopping.twice;
    expect(stopping.isHurried()).toBe(true);
  });
});
