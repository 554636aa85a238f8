import { expect, it } from 'vitest';
import { createLogger } from '../../../shipper/base/logger.ts';
import { createSimulatedClock } from '../../helpers/shipper/simulated-clock.ts';

it('logs one line each, and the same topic once a minute', async () => {
  const lines: string[] = [];
  const clock = createSimulatedClock();
  const log = createLogger((line) => lines.push(line), clock);

  log('a', 'one\ntwo');
  log('a', 'again');
  log('b', 'other');
  await clock.advance(60_000);
  log('a', 'later');

  expect(lines).toEqual(['log-drain: one two\n', 'log-drain: other\n', 'log-drain: later\n']);
});
