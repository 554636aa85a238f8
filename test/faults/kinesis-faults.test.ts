import { describe } from 'vitest';
import { playAll } from './play.ts';
import { KINESIS_FAULTS } from './rows/kinesis.ts';

describe('faults at Kinesis', () => {
  playAll(KINESIS_FAULTS);
});
