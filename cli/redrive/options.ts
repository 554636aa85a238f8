import { group, type OptionValues } from '../../shared/base/options.ts';
import { JSON_OUTPUT, STACK, WHICH_PARKED } from '../base/shared-options.ts';

export const REDRIVE_OPTIONS = {
  ...group('What to send, oldest first', {
    ...WHICH_PARKED,
    rejected: {
      flag: '--rejected',
      about: 'what the service rejected and records that could not be read, instead of what is parked',
    },
    dryRun: { flag: '--dry-run', about: 'only say what would be sent' },
  }),
  ...group('Where', {
    stack: STACK,
    function: {
      flag: '--function',
      value: 'NAME',
      env: 'LOG_DRAIN_REDRIVE_FUNCTION',
      about: 'the redrive function, without a look at the stack',
    },
  }),
  ...group('Output', { json: { ...JSON_OUTPUT, about: 'one JSON object; progress goes to stderr' } }),
};

export type RedriveOptions = OptionValues<typeof REDRIVE_OPTIONS>;
