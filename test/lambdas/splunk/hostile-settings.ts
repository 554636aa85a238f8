import type { HostileSettings } from '../../security/hostile-settings.ts';

export const HOSTILE_SETTINGS: HostileSettings = {
  headers: ['SPLUNK_HEC_TOKEN'],
  url: 'SPLUNK_HEC_URL',
  path: /\/services\/collector\/event$/,
};
