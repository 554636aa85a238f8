import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { SYSLOG_FAULTS } from '../../faults/rows/services-syslog.ts';

describe('faults at the services: syslog', () => {
  playAll(SYSLOG_FAULTS);
});
