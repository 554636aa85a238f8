import { describe } from 'vitest';
import { playAll } from '../../../faults/play.ts';
import { TROUBLE_FAULTS } from '../../../faults/rows/shipper/trouble.ts';

describe('trouble between the shipper and Kinesis', () => {
  playAll(TROUBLE_FAULTS);
});
