import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { KINESIS_FAULTS } from '../../faults/rows/kinesis.ts';

describe('faults at Kinesis', () => {
  playAll(KINESIS_FAULTS);
});
