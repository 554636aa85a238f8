import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { ACCOUNT_FAULTS } from '../../faults/rows/isolation.ts';

// At the same time: they mostly wait.
describe.concurrent('isolation of accounts', () => {
  playAll(ACCOUNT_FAULTS);
});
