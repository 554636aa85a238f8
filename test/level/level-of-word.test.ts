import { describe, expect, it } from 'vitest';
import { levelOfWord } from '../../shared/level/words/level-of-word.ts';

describe('levelOfWord', () => {
  it.each([
    ['panic', ['panic', 'DPANIC', 'emerg', 'EMERGENCY', 'pnc']],
    ['fatal', ['fatal', 'Critical', 'crit', 'ALERT', '60', 'F']],
    ['error', ['error', 'ERR', 'eror', 'Severe', '50', '55', 'E', 'ERROR+4']],
    ['warn', ['warn', 'Warning', 'WRN', '40', 'W']],
    [
      'info',
      ['info', 'Information', 'notice', 'DEV', 'success', 'http', '30', 'Level 25', 'INFO2', ' info '],
    ],
    ['debug', ['debug', 'verbose', 'DBG', '20', 'DEBUG3', 'Level 10']],
    ['trace', ['trace', 'silly', 'vrb', '10', 'TRACE4']],
  ])('knows the names of %s', (level, words) => {
    const found = words.map(levelOfWord);

    expect(found).toEqual(words.map(() => level));
  });

  it.each([
    '',
    ' ',
    'none',
    'NOTSET',
    'default',
    'unknown',
    'errors',
    'error error',
    '7',
    '100',
    '-1',
    'Level',
    'x'.repeat(100_000),
  ])('knows nothing of %j', (word) => {
    expect(levelOfWord(word)).toBeUndefined();
  });
});
