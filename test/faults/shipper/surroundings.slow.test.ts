import { describe } from 'vitest';
import { playAll } from '../../../faults/play.ts';
import { SURROUNDINGS } from '../../../faults/rows/shipper/surroundings.ts';

describe('faults around the shipper', () => {
  playAll(SURROUNDINGS);
});
