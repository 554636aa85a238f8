import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { AWS_FAULTS } from '../../faults/rows/functions-aws.ts';
import { CONTAINER_FAULTS } from '../../faults/rows/functions-containers.ts';
import { LIMIT_FAULTS } from '../../faults/rows/functions-limits.ts';
import { RECORD_FAULTS } from '../../faults/rows/functions-records.ts';

describe('faults at the functions', () => {
  playAll([...CONTAINER_FAULTS, ...LIMIT_FAULTS, ...AWS_FAULTS, ...RECORD_FAULTS]);
});
