import { group } from '../../shared/base/options.ts';
import { JSON_OUTPUT } from '../base/shared-options.ts';

export const DECODE_OPTIONS = group('Output', {
  json: { ...JSON_OUTPUT, about: 'one JSON object a line instead of text' },
});
