import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agentEnvironment,
  givenEnvironment,
  ownProcessEnvironment,
  restoring,
  SET_ASIDE,
} from '../../../shipper/launcher/start.ts';

describe('the environment that the launcher hands over', () => {
  it('is given back as it was, without what the launcher added', () => {
    const env = {
      PATH: '/bin',
      LOG_DRAIN_STREAM: 's',
      LOG_DRAIN_START_SIGIGN: '0000000000000003',
      LOG_DRAIN_START_ENV_NODE_OPTIONS: '--inspect',
      LOG_DRAIN_START_ENV_LD_PRELOAD: '',
    };

    expect(givenEnvironment(env)).toEqual({
      PATH: '/bin',
      LOG_DRAIN_STREAM: 's',
      NODE_OPTIONS: '--inspect',
      LD_PRELOAD: '',
    });
  });

  it('is read whole where the launcher had to take it so', () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !/[=\0]/.test(text));
    const value = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.dictionary(name, value, { minKeys: 1 }), (given) => {
        const environ = Object.entries(given).map(([key, text]) => `${key}=${text}\0`);
        const whole = Buffer.from(environ.join('')).toString('base64');

        expect(givenEnvironment({ PATH: '/changed', LOG_DRAIN_START_ENVIRON: whole })).toEqual({ ...given });
      }),
    );
  });

  it('reaches the agent without our credentials', () => {
    expect(agentEnvironment({ LOG_DRAIN_AWS_SECRET_ACCESS_KEY: 'x', AWS_REGION: 'r' })).toEqual({
      AWS_REGION: 'r',
    });
  });

  it('reaches our own processes without what is meant for the agent, with the launcher and without', () => {
    const env = {
      NODE_OPTIONS: '--inspect',
      LOG_DRAIN_START_ENV_LD_PRELOAD: 'x.so',
      LOG_DRAIN_AWS_REGION: 'r',
    };

    expect(ownProcessEnvironment(env)).toEqual({ LOG_DRAIN_AWS_REGION: 'r' });
  });

  it('has the same variables set aside by the launcher', () => {
    const script = readFileSync('shipper/launcher/log-drain.sh', 'utf8');
    const list = / in (NODE_[^;]+); do/.exec(script)?.[1] ?? '';

    expect(list.split(/[\s\\]+/)).toEqual(SET_ASIDE);
  });
});

describe('the start of the command', () => {
  it('is the command itself where there is nothing to give back', () => {
    expect(restoring(['agent', '-x'], {})).toEqual({ file: 'agent', args: ['-x'], moreStdio: [] });
  });

  it('goes by a shell that gives back limit, ignored signals and descriptors', () => {
    const env = {
      LOG_DRAIN_START_NOFILE: '77',
      LOG_DRAIN_START_SIGIGN: '0000000100000101',
      LOG_DRAIN_START_FDS: ' 4 6',
      LOG_DRAIN_STREAM: 's',
      'a.b': 'two words',
    };

    expect(restoring(['sh', '-x'], env)).toEqual({
      file: '/bin/sh',
      args: [
        '-c',
        `ulimit -S -n 77; trap '' 1; exec 3<&-; exec 5<&-; exec "$@"`,
        'sh',
        'env',
        'a.b=two words',
        'sh',
        '-x',
      ],
      moreStdio: ['ignore', 4, 'ignore', 6],
    });
  });

  it('takes nothing from the environment that is not of the launcher’s form', () => {
    const env = {
      LOG_DRAIN_START_NOFILE: '7; rm -rf /',
      LOG_DRAIN_START_FDS: '1 2 $(x) 10',
      LOG_DRAIN_START_SIGIGN: "1'",
    };

    expect(restoring(['agent'], env)).toEqual({ file: 'agent', args: [], moreStdio: [] });
  });
});
