import { describe, expect, it } from 'vitest';
import { readFunctionEnvironment } from '../../shared/settings/environment.ts';
import { parseSecretText } from '../../shared/settings/secret-text.ts';
import { createSecrets, type SecretAnswer } from '../../shared/settings/secrets.ts';

function setup(answers: Record<string, SecretAnswer>, random = () => 0) {
  let nowMs = 0;
  const asked: string[] = [];
  const secrets = createSecrets({
    prefix: 'log-drain',
    destination: 'datadog',
    now: () => nowMs,
    random,
    fetch: async (name) => {
      asked.push(name);
      return answers[name] ?? { kind: 'absent' };
    },
  });
  return { secrets, asked, answers, pass: (ms: number) => (nowMs += ms) };
}

/** Answers when it is told to, in the order in which it is asked. */
function storeThatWaits() {
  const pending: ((answer: SecretAnswer) => void)[] = [];
  const { read } = createSecrets({
    prefix: 'log-drain',
    destination: 'datadog',
    now: () => 0,
    random: () => 0,
    fetch: () => new Promise((resolve) => pending.push(resolve)),
  });
  return { read, pending };
}

const agentIds = (count: number) => Array.from({ length: count }, (_, i) => `CA_${i}`);

/** All that can happen without a further answer has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const OWN = 'log-drain/CA_a/datadog';
const DEFAULT = 'log-drain/default/datadog';

describe('secrets', () => {
  it('prefer the agent’s own over the default one', async () => {
    const { secrets } = setup({
      [OWN]: { kind: 'found', text: 'own' },
      [DEFAULT]: { kind: 'found', text: 'default' },
    });

    expect(await secrets.read('CA_a')).toEqual({ kind: 'found', name: OWN, text: 'own' });
    expect(await secrets.read('CA_b')).toEqual({ kind: 'found', name: DEFAULT, text: 'default' });
  });

  it('that are marked for deletion are not replaced by the default one', async () => {
    const { secrets } = setup({
      [OWN]: { kind: 'deleted' },
      [DEFAULT]: { kind: 'found', text: 'default' },
    });

    expect(await secrets.read('CA_a')).toEqual({ kind: 'deleted', name: OWN });
    expect(await secrets.read('CA_b')).toMatchObject({ kind: 'found', text: 'default' });
  });

  it('are lost for all that have none of their own when the default one is marked for deletion', async () => {
    const { secrets } = setup({ [OWN]: { kind: 'found', text: 'own' }, [DEFAULT]: { kind: 'deleted' } });

    expect(await secrets.read('CA_a')).toMatchObject({ kind: 'found', text: 'own' });
    expect(await secrets.read('CA_b')).toEqual({ kind: 'deleted', name: DEFAULT });
  });

  it('are read once for many at the same time and kept for 5 minutes, absence for 10', async () => {
    const { secrets, asked, pass } = setup({ [OWN]: { kind: 'found', text: 'own' } });

    await Promise.all([secrets.read('CA_a'), secrets.read('CA_a')]);
    await secrets.read('CA_b');
    pass(299_999);
    await secrets.read('CA_a');
    await secrets.read('CA_b');
    const before = [...asked];
    pass(2);
    await secrets.read('CA_a');
    await secrets.read('CA_b');

    expect(before).toEqual([OWN, 'log-drain/CA_b/datadog', DEFAULT]);
    expect(asked).toEqual([...before, OWN]);
  });

  it('that were read together are read again one after the other, none later than it should', async () => {
    let turn = 0;
    const agents = agentIds(100);
    const answers = Object.fromEntries(
      agents.map((agent) => [`log-drain/${agent}/datadog`, { kind: 'found', text: agent } as const]),
    );
    const { secrets, asked, pass } = setup(answers, () => (turn++ % 100) / 100);

    const reads: number[] = [];
    for (let second = 0; second <= 300; second += 1) {
      asked.length = 0;
      await Promise.all(agents.map(secrets.read));
      reads.push(asked.length);
      pass(1_000);
    }

    expect(reads.slice(0, 240)).toEqual([100, ...Array.from({ length: 239 }, () => 0)]);
    expect(reads.slice(240).reduce((sum, count) => sum + count, 0)).toBe(100);
    expect(Math.max(...reads.slice(240))).toBeLessThanOrEqual(2);
  });

  it('outlive an outage of the store, but an agent that was never seen has to wait', async () => {
    const { secrets, answers, pass } = setup({ [OWN]: { kind: 'found', text: 'own' } });
    await secrets.read('CA_a');
    pass(600_000);
    answers[OWN] = { kind: 'unavailable', reason: 'settings-access-denied' };
    answers['log-drain/CA_c/datadog'] = { kind: 'unavailable', reason: 'settings-unavailable' };

    expect(await secrets.read('CA_a')).toMatchObject({ kind: 'found', text: 'own' });
    expect(await secrets.read('CA_c')).toEqual({ kind: 'unavailable', reason: 'settings-unavailable' });
  });

  it('that were absent are taken for absent for a while, where the store does not tell, and then are not known', async () => {
    const { secrets, answers, pass } = setup({});
    expect(await secrets.read('CA_a')).toEqual({ kind: 'absent' });
    for (const name of [OWN, 'log-drain/default/datadog'])
      answers[name] = { kind: 'unavailable', reason: 'settings-unavailable' };

    pass(18 * 60_000 - 1);
    expect(await secrets.read('CA_a')).toEqual({ kind: 'absent' });
    pass(2 * 60_000 + 2);
    expect(await secrets.read('CA_a')).toEqual({ kind: 'unavailable', reason: 'settings-unavailable' });
  });

  it('of an agent that had none of its own leave it the default one, however old', async () => {
    const { secrets, answers, pass } = setup({
      'log-drain/default/datadog': { kind: 'found', text: 'default' },
    });
    await secrets.read('CA_a');
    for (const name of [OWN, 'log-drain/default/datadog'])
      answers[name] = { kind: 'unavailable', reason: 'settings-unavailable' };

    pass(60 * 60_000);
    expect(await secrets.read('CA_a')).toMatchObject({ kind: 'found', text: 'default' });
  });

  it('are read 32 at a time', async () => {
    const { read, pending } = storeThatWaits();
    const done = Promise.all(agentIds(100).map(read));
    const atOnce: number[] = [];

    for (let answered = 0; answered < 101; answered += 1) {
      await settled();
      atOnce.push(pending.length);
      pending.shift()?.(answered === 100 ? { kind: 'found', text: 'default' } : { kind: 'absent' });
    }

    expect(await done).toHaveLength(100);
    expect(Math.max(...atOnce)).toBe(32);
    expect(atOnce.at(-1)).toBe(1);
  });

  it('that waited for their turn while the store was silent are not asked for', async () => {
    const { read, pending } = storeThatWaits();
    const done = Promise.all(agentIds(1_000).map(read));
    await settled();
    const asked = pending.length;

    for (const answer of pending.splice(0)) answer({ kind: 'unavailable', reason: 'settings-unavailable' });

    const answers = await done;
    expect(asked).toBe(32);
    expect(answers).toHaveLength(1_000);
    expect(answers.every(({ kind }) => kind === 'unavailable')).toBe(true);
    expect(pending).toHaveLength(0);
    const again = read('CA_999');
    await settled();
    expect(pending).toHaveLength(1);
    pending.shift()?.({ kind: 'found', text: 'own' });
    expect(await again).toMatchObject({ kind: 'found', text: 'own' });
  });

  it('are read although another cannot be', async () => {
    const { read, pending } = storeThatWaits();
    const done = Promise.all(agentIds(33).map(read));
    await settled();

    pending.shift()?.({ kind: 'unavailable', reason: 'settings-access-denied' });
    await settled();
    const waiting = pending.length;
    for (const answer of pending.splice(0)) answer({ kind: 'found', text: 'own' });

    const kinds = (await done).map(({ kind }) => kind);
    expect(waiting).toBe(32);
    expect(kinds).toEqual(['unavailable', ...Array.from({ length: 32 }, () => 'found')]);
  });

  it('are read afresh at most once a minute per agent', async () => {
    const { secrets, answers, pass } = setup({ [OWN]: { kind: 'found', text: 'old' } });
    await secrets.read('CA_a');
    answers[OWN] = { kind: 'found', text: 'new' };

    expect(await secrets.readAfresh('CA_a')).toMatchObject({ text: 'new' });
    expect(await secrets.readAfresh('CA_a')).toBeUndefined();
    pass(60_001);
    expect(await secrets.readAfresh('CA_a')).toMatchObject({ text: 'new' });
  });

  it('are read afresh a minute later however often that is asked for', async () => {
    const { secrets, answers, pass } = setup({ [OWN]: { kind: 'found', text: 'old' } });
    await secrets.readAfresh('CA_a');
    answers[OWN] = { kind: 'found', text: 'new' };

    const texts: unknown[] = [];
    for (let i = 0; i < 7; i += 1) {
      pass(10_000);
      const answer = await secrets.readAfresh('CA_a');
      texts.push(answer?.kind === 'found' ? answer.text : undefined);
    }

    expect(texts).toEqual([undefined, undefined, undefined, undefined, undefined, 'new', undefined]);
  });
});

describe('a secret’s text', () => {
  it('is one JSON object of names and values', () => {
    expect(parseSecretText('{"A":"x","B":1,"C":true,"D":null}')).toEqual({
      kind: 'values',
      values: { A: 'x', B: '1', C: 'true' },
    });
  });

  it.each([
    ['a byte order mark', '\ufeff{"A":"x"}', 'x'],
    ['no-break spaces between its parts', '{\u00a0"A"\u00a0:\u00a0"x"\u00a0}\u00a0', 'x'],
    ['spaces around a name', '{"\u00a0A ":"x"}', 'x'],
    ['a comma at the end', '{"A":"x",\n}', 'x'],
    ['a value that looks like one', '{"A":"x\u00a0,}",}', 'x\u00a0,}'],
    ['line ends in a value', '{"A":"x\r\ny",}', 'x\r\ny'],
    ['escapes in a value', '{"A":"\\"x\\\\\ny",}', '"x\\\ny'],
  ])('is read as meant with %s', (_, text, value) => {
    expect(parseSecretText(text)).toEqual({ kind: 'values', values: { A: value } });
  });

  it.each([
    ['not json', 'the secret is not JSON such as {"NAME": "value"}'],
    ['{"A":"x" "B":"y"}', 'the secret is not JSON such as {"NAME": "value"}'],
    ['{"A":"x",,}', 'the secret is not JSON such as {"NAME": "value"}'],
    [
      '{\u201cA\u201d: \u201cx\u201d}',
      'the secret is not JSON such as {"NAME": "value"}, with straight quotes (")',
    ],
    ['{"LOGS_CA":"x","LOGS_CA ":"y"}', 'LOGS_CA is there twice'],
    ['["a"]', 'the secret is not a JSON object'],
    ['{"LOGS_CA":{}}', 'LOGS_CA is not a string'],
    ['{"pa55word in a name":{}}', '(a name that is not shown) is not a string'],
  ])('is refused in words that do not repeat it: %s', (text, problem) => {
    expect(parseSecretText(text)).toEqual({ kind: 'bad', problem });
  });
});

describe('a function’s environment', () => {
  it('has defaults for all it does not name', () => {
    expect(readFunctionEnvironment({})).toMatchObject({
      secretPrefix: 'log-drain',
      parkingBucket: undefined,
      stallLimitMs: 900_000,
      isolationLimitMs: 10_000,
      network: { allowPrivate: undefined },
    });
  });

  it('reads limits in seconds and networks as a list', () => {
    const environment = readFunctionEnvironment({
      STALL_LIMIT_SECONDS: '0',
      ISOLATION_LIMIT_SECONDS: '2.5',
      ALLOW_PRIVATE_DESTINATIONS: '10.0.0.0/8, fd00::/8',
    });

    expect(environment.stallLimitMs).toBe(0);
    expect(environment.isolationLimitMs).toBe(2_500);
    expect(environment.network.allowPrivate).toEqual(['10.0.0.0/8', 'fd00::/8']);
  });

  it('says which value it cannot use', () => {
    expect(() => readFunctionEnvironment({ STALL_LIMIT_SECONDS: 'soon' })).toThrow(
      'STALL_LIMIT_SECONDS must be a number of seconds (got "soon").',
    );
  });

  it.each(['http://user:pa55word@proxy:99999', 'ftp://user:pa55word@proxy', 'user:pa55word@@:x'])(
    'does not repeat a proxy that it cannot read: %s',
    (proxy) => {
      for (const name of ['HTTPS_PROXY', 'https_proxy']) {
        const read = () => readFunctionEnvironment({ [name]: proxy });

        expect(read).toThrow(
          new RegExp(
            `^${name} (must be the URL of a proxy|names a proxy of the kind ftp://, which .* give one for HTTP), such as [\\w:/.]+$`,
          ),
        );
      }
    },
  );

  it.each([
    ['proxy.example:3128', 'http://proxy.example:3128/'],
    ['https://user:pw@proxy.example', 'https://user:pw@proxy.example/'],
    ['', undefined],
  ])('reads the proxy "%s"', (proxy, expected) => {
    expect(readFunctionEnvironment({ HTTPS_PROXY: proxy }).network.proxyUrl).toBe(expected);
  });

  it.each([
    'true',
    'all',
    '10.0.0.5',
    '10.0.0.0/8,',
    '10.0.0.0/33',
    '10.0.0.0/8/9',
    '0.0.0.0/0',
    '::/0',
    'fe80::1%eth0/64',
    '10.0.0.0/8 192.168.0.0/16',
  ])('opens no network by a list that it cannot read: %s', (list) => {
    expect(() => readFunctionEnvironment({ ALLOW_PRIVATE_DESTINATIONS: list })).toThrow(
      /^ALLOW_PRIVATE_DESTINATIONS must be networks such as/,
    );
  });
});
