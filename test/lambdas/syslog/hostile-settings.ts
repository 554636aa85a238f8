import { type HostileSettings, KEY } from '../../security/hostile-settings.ts';

export const HOSTILE_SETTINGS: HostileSettings = {
  headers: ['SYSLOG_TOKEN', 'SYSLOG_STRUCTURED_DATA'],
  more: { SYSLOG_TOKEN: `t${KEY}` },
};
