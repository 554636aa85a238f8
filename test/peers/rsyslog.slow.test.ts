import { describeDaemon } from './contract.ts';
import { RSYSLOG } from './rsyslog.ts';

describeDaemon(RSYSLOG);
