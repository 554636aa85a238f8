import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { SERVICE_ISOLATION } from '../../faults/rows/isolation-services.ts';

// At the same time: they mostly wait.
describe.concurrent('isolation of services', () => {
  playAll(SERVICE_ISOLATION);
});
