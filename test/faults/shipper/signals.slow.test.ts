import { describe } from 'vitest';
import { playAll } from '../../../faults/play.ts';
import { SIGNALS } from '../../../faults/rows/shipper/signals.ts';

describe('faults at the shipper: signals', () => {
  playAll(SIGNALS);
});
