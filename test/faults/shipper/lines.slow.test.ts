import { describe } from 'vitest';
import { playAll } from '../../../faults/play.ts';
import { LINE_FAULTS } from '../../../faults/rows/shipper/lines.ts';

describe('faults at the shipper that concern lines and their stream', () => {
  playAll(LINE_FAULTS);
});
