import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { FLOOD_FAULTS } from '../../faults/rows/isolation-flood.ts';

describe('floods of one agent', () => {
  playAll(FLOOD_FAULTS);
});
