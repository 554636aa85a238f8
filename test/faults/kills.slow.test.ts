import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { KILLS } from '../../faults/rows/kills.ts';

describe('faults at the shipper: kills', () => {
  playAll(KILLS);
});
