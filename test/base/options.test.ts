import { describe, expect, it } from 'vitest';
import { expecting, group, oneOf, readOptions } from '../../shared/base/options.ts';

const WHOLE = expecting('a whole number', (text) => (/^\d+$/.test(text) ? Number(text) : undefined));

const OPTIONS = {
  ...group('Where', {
    stack: { flag: '--stack', value: 'NAME', env: 'STACK', default: 'main', about: 'a stack' },
    bucket: { flag: '--bucket', value: 'NAME', env: 'BUCKET', about: 'a bucket' },
  }),
  ...group('What', {
    limit: { flag: '--limit', value: 'N', type: WHOLE, default: '100', about: 'how many' },
    kind: { flag: '--kind', value: 'KIND', type: oneOf('good', 'bad'), about: 'which' },
    pairs: { flag: '--pair', value: 'PAIR', repeatable: true, about: 'pairs' },
    dryRun: { flag: '--dry-run', about: 'only look' },
    tee: { flag: '--no-tee', about: 'no copy' },
  }),
};

describe('options', () => {
  it('have their defaults, or none, if nothing is given', () => {
    expect(readOptions(OPTIONS, {}, {})).toEqual({
      kind: 'values',
      values: {
        stack: 'main',
        bucket: undefined,
        limit: 100,
        kind: undefined,
        pairs: [],
        dryRun: false,
        tee: true,
      },
      passedOver: [],
    });
  });

  it('are read as what they are given as', () => {
    const given = {
      stack: 's',
      bucket: 'b',
      limit: '7',
      kind: 'bad',
      pairs: ['x', 'y'],
      dryRun: true,
      tee: true,
    } as const;

    expect(readOptions(OPTIONS, given, { STACK: 'env', BUCKET: 'env' })).toEqual({
      kind: 'values',
      values: { stack: 's', bucket: 'b', limit: 7, kind: 'bad', pairs: ['x', 'y'], dryRun: true, tee: false },
      passedOver: [],
    });
  });

  it('come from the environment if no flag gives them, and an empty variable gives nothing', () => {
    expect(readOptions(OPTIONS, {}, { STACK: 'env', BUCKET: '' })).toMatchObject({
      values: { stack: 'env', bucket: undefined },
    });
  });

  it('pass over a variable that cannot be used, and say so', () => {
    const options = group('Where', {
      limit: { flag: '--limit', value: 'N', type: WHOLE, env: 'LIMIT', default: '100', about: 'how many' },
    });

    expect(readOptions(options, {}, { LIMIT: ' 7\n' })).toMatchObject({
      values: { limit: 7 },
      passedOver: [],
    });
    expect(readOptions(options, {}, { LIMIT: '64Q' })).toEqual({
      kind: 'values',
      values: { limit: 100 },
      passedOver: ['LIMIT must be a whole number (got "64Q")'],
    });
    expect(readOptions(options, { limit: '8' }, { LIMIT: '64Q' })).toMatchObject({
      values: { limit: 8 },
      passedOver: [],
    });
  });

  it.each([
    [{ limit: 'many' }, '--limit must be a whole number (got "many")'],
    [{ kind: 'ugly\n' }, '--kind must be good or bad (got "ugly\\n")'],
    [{ limit: 'x'.repeat(100) }, `--limit must be a whole number (got "${'x'.repeat(64)}")`],
    [{ limit: '', kind: 'ugly' }, '--limit must be a whole number (got "")'],
  ])('given as %j are refused with what they must be', (given, problem) => {
    expect(readOptions(OPTIONS, given, {})).toEqual({ kind: 'problem', problem });
  });

  it('carry the heading of their group', () => {
    expect(OPTIONS.stack).toEqual({
      flag: '--stack',
      value: 'NAME',
      env: 'STACK',
      default: 'main',
      about: 'a stack',
      group: 'Where',
    });
    expect(OPTIONS.dryRun.group).toBe('What');
  });
});

describe('one of some words', () => {
  it('lists more than two', () => {
    expect(oneOf('a', 'b', 'c').problem('d')).toBe('must be one of a, b, c (got "d")');
  });
});
