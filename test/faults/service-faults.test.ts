import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { ANSWER_FAULTS } from '../../faults/rows/services-answers.ts';
import { CODE_FAULTS } from '../../faults/rows/services-codes.ts';
import { SYSLOG_FAULTS } from '../../faults/rows/services-syslog.ts';
import { TELLING_FAULTS } from '../../faults/rows/services-telling.ts';
import { TLS_FAULTS } from '../../faults/rows/services-tls.ts';

describe('faults at the services', () => {
  playAll([...CODE_FAULTS, ...TELLING_FAULTS, ...ANSWER_FAULTS, ...TLS_FAULTS, ...SYSLOG_FAULTS]);
});
