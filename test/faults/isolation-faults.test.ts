import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { ACCOUNT_FAULTS } from '../../faults/rows/isolation.ts';
import { SERVICE_ISOLATION } from '../../faults/rows/isolation-services.ts';

// At the same time: they mostly wait.
describe.concurrent('isolation', () => {
  playAll([...ACCOUNT_FAULTS, ...SERVICE_ISOLATION]);
});
