import { describeDaemon } from './contract.ts';
import { SYSLOG_NG } from './syslog-ng.ts';

describeDaemon(SYSLOG_NG);
