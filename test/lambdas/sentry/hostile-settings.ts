import type { HostileSettings } from '../../security/hostile-settings.ts';

export const HOSTILE_SETTINGS: HostileSettings = {
  // The key within the DSN is judged with it.
  headers: [],
  path: /\/api\/1\/envelope\/$/,
};
