import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { AWS_FAULTS } from '../../faults/rows/functions-aws.ts';

describe('faults at the functions: AWS around them', () => {
  playAll(AWS_FAULTS);
});
