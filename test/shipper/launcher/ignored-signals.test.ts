import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ignoredSignals, isAmong } from '../../../shipper/launcher/ignored-signals.ts';

const { SIGHUP, SIGINT, SIGQUIT, SIGTTOU } = constants.signals;

describe('ignored signals', () => {
  it('are read from the mask of proc(5)', () => {
    expect(ignoredSignals({ LOG_DRAIN_START_SIGIGN: '0000000100200107' })).toEqual([
      SIGHUP,
      SIGINT,
      SIGQUIT,
      SIGTTOU,
    ]);
  });

  it.each([undefined, '', 'zz', '0'.repeat(17)])('are none where there is no mask: %j', (mask) => {
    expect(ignoredSignals({ LOG_DRAIN_START_SIGIGN: mask })).toEqual([]);
  });
});

it('are known by name', () => {
  const names = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGTSTP', 'SIGTTIN', 'SIGWINCH'] as const;

  expect(names.map((name) => isAmong([constants.signals[name]], name))).toEqual(names.map(() => true));
});
