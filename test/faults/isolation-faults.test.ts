import { describe } from 'vitest';
import { playAll } from './play.ts';
import { ACCOUNT_FAULTS } from './rows/isolation.ts';
import { SERVICE_ISOLATION } from './rows/isolation-services.ts';

// At the same time: they mostly wait.
describe.concurrent('isolation', () => {
  playAll([...ACCOUNT_FAULTS, ...SERVICE_ISOLATION]);
});
