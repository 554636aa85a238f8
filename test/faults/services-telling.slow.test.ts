import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { TELLING_FAULTS } from '../../faults/rows/services-telling.ts';

describe('faults at the services: answers that tell more', () => {
  playAll(TELLING_FAULTS);
});
