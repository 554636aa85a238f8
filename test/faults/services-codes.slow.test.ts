import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { CODE_FAULTS } from '../../faults/rows/services-codes.ts';

describe('faults at the services: codes', () => {
  playAll(CODE_FAULTS);
});
