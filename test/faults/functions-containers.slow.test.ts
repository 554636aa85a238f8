import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { CONTAINER_FAULTS } from '../../faults/rows/functions-containers.ts';

describe('faults at the functions: containers', () => {
  playAll(CONTAINER_FAULTS);
});
