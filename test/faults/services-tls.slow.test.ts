import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { TLS_FAULTS } from '../../faults/rows/services-tls.ts';

describe('faults at the services: TLS and names', () => {
  playAll(TLS_FAULTS);
});
