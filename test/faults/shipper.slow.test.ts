import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { SHIPPER_FAULTS } from '../../faults/rows/shipper.ts';

describe('faults at the shipper', () => {
  playAll(SHIPPER_FAULTS);
});
