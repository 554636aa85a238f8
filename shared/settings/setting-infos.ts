import type { SettingInfo } from '../destination/contract.ts';
import { LEVELS } from '../level/words/levels.ts';

// Apart from the parser of settings: whoever only reads manifests, such as the help, need not load zod.

/** For the manifests: the settings that every destination knows. */
export const LOGS_MIN_LEVEL: SettingInfo = {
  name: 'LOGS_MIN_LEVEL',
  required: false,
  secret: false,
  about: `Lines below this level are not sent: ${LEVELS.join(', ')}. A line without a level is.`,
};
export const LOGS_CA: SettingInfo = {
  name: 'LOGS_CA',
  required: false,
  secret: false,
  about: 'PEM certificates to trust in addition to the public ones.',
};
