import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { RECORD_FAULTS } from '../../faults/rows/functions-records.ts';

describe('faults at the functions: records', () => {
  playAll(RECORD_FAULTS);
});
