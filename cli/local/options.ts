import { group, type OptionValues } from '../../shared/base/options.ts';
import { wholeNumberUpTo } from '../base/option-types.ts';
import { JSON_OUTPUT } from '../base/shared-options.ts';

export const LOCAL_OPTIONS = {
  ...group('Where', {
    env: {
      flag: '--env',
      value: 'FILE',
      about:
        'settings by their usual names (KEY=VALUE; quoted values may span lines): destinations that it sets go to the ' +
        'real service, all others to a local receiver. No other .env is read.',
    },
    shards: {
      flag: '--shards',
      value: 'N',
      type: wholeNumberUpTo(100),
      default: '1',
      about: 'of the stream, 1 to 100',
    },
    faults: {
      flag: '--faults',
      value: 'FILE',
      about: 'make Kinesis, Secrets Manager, S3 or receivers misbehave (JSON, see docs/local.md)',
    },
  }),
  ...group('Output', {
    json: { ...JSON_OUTPUT, about: 'one JSON object instead of the table' },
    out: { flag: '--out', value: 'DIR', about: 'write each accepted event to DIR/<destination>.ndjson' },
  }),
};

export type LocalOptions = OptionValues<typeof LOCAL_OPTIONS>;
