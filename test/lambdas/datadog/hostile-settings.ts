import type { HostileSettings } from '../../security/hostile-settings.ts';

export const HOSTILE_SETTINGS: HostileSettings = {
  headers: ['DATADOG_TOKEN'],
  url: 'DATADOG_URL',
  path: /\/api\/v2\/logs(\?ddsource=CA_reach)?$/,
};
