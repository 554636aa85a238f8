import { describe } from 'vitest';
import { playAll } from '../../../faults/play.ts';
import { CONTAINER_SURROUNDINGS } from '../../../faults/rows/shipper/containers.ts';

describe('faults at the shipper: containers', () => {
  playAll(CONTAINER_SURROUNDINGS);
});
