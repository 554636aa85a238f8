import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { ANSWER_FAULTS } from '../../faults/rows/services-answers.ts';

describe('faults at the services: answers lost, damaged or late', () => {
  playAll(ANSWER_FAULTS);
});
