import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { REDRIVE_FAULTS } from '../../faults/rows/redrive.ts';

describe('faults at the functions: what waits in the bucket', () => {
  playAll(REDRIVE_FAULTS);
});
