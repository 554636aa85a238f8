import type { HostileSettings } from '../../security/hostile-settings.ts';

export const HOSTILE_SETTINGS: HostileSettings = {
  headers: ['NEW_RELIC_LICENSE_KEY'],
  url: 'NEW_RELIC_URL',
  path: /\/log\/v1$/,
};
