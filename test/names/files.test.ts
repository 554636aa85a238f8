import { describe, expect, it } from 'vitest';
import { parseHosts } from '../../shared/names/hosts-file.ts';
import { parseSearchList, wholeNames } from '../../shared/names/search-list.ts';

describe('a hosts file', () => {
  it('has addresses of names, whatever their case, and comments', () => {
    const hosts = parseHosts(
      '127.0.0.1\tlocalhost\r\n# 10.0.0.9 never\n::1 localhost ip6-localhost # both\n10.0.0.7 DB.internal db\nnonsense db\n',
    );

    expect(Object.fromEntries(hosts)).toEqual({
      localhost: ['127.0.0.1', '::1'],
      'ip6-localhost': ['::1'],
      'db.internal': ['10.0.0.7'],
      db: ['10.0.0.7'],
    });
  });
});

describe('a search list', () => {
  it.each([
    ['', 'db', ['db']],
    ['search a.test b.test.', 'db', ['db.a.test', 'db.b.test', 'db']],
    ['search a.test', 'db.x', ['db.x', 'db.x.a.test']],
    ['search a.test', 'db.', ['db']],
    ['domain a.test', 'db', ['db.a.test', 'db']],
    ['domain a.test\nsearch b.test', 'db', ['db.b.test', 'db']],
    [
      'search ns.svc.cluster.local svc.cluster.local\noptions timeout:1 ndots:5',
      'hec.splunk.example',
      [
        'hec.splunk.example.ns.svc.cluster.local',
        'hec.splunk.example.svc.cluster.local',
        'hec.splunk.example',
      ],
    ],
    ['# search a.test\n;search b.test', 'db', ['db']],
  ])('%j makes of %j what is asked for', (text, name, expected) => {
    expect(wholeNames(name, parseSearchList(text))).toEqual(expected);
  });
});
