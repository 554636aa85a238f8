import { group, type OptionSpec, type OptionValues, oneOf } from '../../shared/base/options.ts';
import { wholeNumberUpTo } from '../base/option-types.ts';
import { JSON_OUTPUT, STACK, WHICH_PARKED } from '../base/shared-options.ts';
import { KINDS } from './kinds.ts';

/** Objects are kept in memory to be sorted by age. */
const MAX_LISTED = 100_000;

const BUCKET = {
  flag: '--bucket',
  value: 'NAME',
  env: 'LOG_DRAIN_BUCKET',
  about: 'the bucket, without a look at the stack',
} as const satisfies OptionSpec;

const PLACE = {
  ...group('Where', { stack: STACK, bucket: BUCKET }),
  ...group('Output', { json: { ...JSON_OUTPUT, about: 'one JSON object; with --lines, one for each line' } }),
};

export const LIST_OPTIONS = {
  ...group('What to list, oldest first', {
    ...WHICH_PARKED,
    kind: {
      flag: '--kind',
      value: 'KIND',
      type: oneOf(...KINDS),
      about:
        'parked: waits to be sent again; rejected: the service will not take these lines; unreadable: no record of ' +
        'ours; expired: batches that Lambda put aside',
      defaultWords: 'all',
    },
    limit: {
      flag: '--limit',
      value: 'N',
      type: wholeNumberUpTo(MAX_LISTED),
      default: '100',
      about: 'objects to show',
    },
  }),
  ...PLACE,
};

export const SHOW_OPTIONS = {
  ...group('What to show', {
    lines: {
      flag: '--lines',
      about:
        "the agents' lines too; control characters are escaped on a terminal (default: reason, the service's answer, " +
        'counts and times)',
    },
  }),
  ...PLACE,
};

export type ListOptions = OptionValues<typeof LIST_OPTIONS>;
export type ShowOptions = OptionValues<typeof SHOW_OPTIONS>;
