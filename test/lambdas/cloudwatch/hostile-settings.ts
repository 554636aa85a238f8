import type { HostileSettings } from '../../security/hostile-settings.ts';

export const HOSTILE_SETTINGS: HostileSettings = {
  headers: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION'],
  url: 'CLOUDWATCH_URL',
  path: /^\/$/,
};
