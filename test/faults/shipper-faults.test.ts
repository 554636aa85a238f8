import { describe } from 'vitest';
import { playAll } from './play.ts';
import { SHIPPER_FAULTS } from './rows/shipper.ts';

describe('faults at the shipper', () => {
  playAll(SHIPPER_FAULTS);
});
