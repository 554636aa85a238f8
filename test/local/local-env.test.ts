import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDS, readLines, shipperEvent } from '../helpers/accepted-lines.ts';
import { createAuthority } from '../helpers/certificates.ts';
import { type Received, startServer, type TestServer } from '../helpers/http-server.ts';
import { type FinishedLocal, PATIENCE_MS, resultIn, runLocal, sh } from '../helpers/local-process.ts';

const TOKEN = 'aaaabbbbccccddddeeeeffff00001111';
const LINES = ['one of three', 'two of three', 'three of three'];

let dir: string;
let server: TestServer;
let run: FinishedLocal;

const RECEIVERS = IDS.filter((id) => id !== 'datadog');

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'local-env-'));
  const authority = await createAuthority();
  const leaf = await authority.issue();
  server = await startServer({ cert: leaf.cert, key: leaf.key });
  let answers = 0;
  server.answerWith(({ body, headers }, response) => {
    answers += 1;
    // Some services repeat in an error what they were sent.
    const echo = `cannot take ${body} with ${String(headers['dd-api-key'])}`;
    if (answers === 1) response.writeHead(500).end(echo);
    else response.writeHead(202, { 'content-type': 'application/json' }).end('{}');
  });
  const env = [
    `DATADOG_TOKEN=${TOKEN}`,
    `DATADOG_URL="https://127.0.0.1:${server.port}"`,
    `LOGS_CA="${authority.cert}"`,
    'DATADOG_REGOIN=eu',
    'SPLUNK_HEC_TOKEN=only-a-part-of-what-splunk-needs',
  ];
  await writeFile(join(dir, 'env'), env.join('\n'));
  const command = sh(LINES.map((line) => `echo '${line}'`).join('; '));
  run = await runLocal({ args: ['--env', join(dir, 'env'), '--json', '--out', dir], command });
}, PATIENCE_MS);
afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

type Entry = Readonly<Record<string, unknown>>;
const entriesOf = ({ body }: Received): readonly Entry[] => JSON.parse(body) as readonly Entry[];

describe('log-drain local --env', () => {
  it('sends to the place that the file names, with a certificate of several lines', () => {
    const taken = server.received.slice(1);
    const texts = taken.flatMap(entriesOf).map(({ message }) => message);

    expect(texts.filter((text) => LINES.includes(String(text)))).toEqual(LINES);
    expect(new Set(taken.map(({ headers }) => headers['dd-api-key']))).toEqual(new Set([TOKEN]));
  });

  it('sends all else to the local receivers, also where a required setting is missing', async () => {
    for (const id of RECEIVERS) {
      const lines = await readLines(dir, id);
      const texts = lines.filter((line) => shipperEvent(line) === undefined).map(({ text }) => text);
      expect([id, ...texts]).toEqual([id, ...LINES]);
    }
  });

  it('counts for a real place what it answered', () => {
    const { code } = run;
    const { datadog, splunk } = resultIn(run).destinations;

    expect([code, run.stdout]).toEqual([0, run.stdout]);
    const counts = { received: 5, delivered: 5, parked: 0, duplicates: 0, lost: 0 };
    expect(datadog).toEqual({ ...counts, latency_ms: { p50: null, p99: null } });
    expect(splunk).toMatchObject(counts);
  });

  it('says which places are real before the first line, and which names nobody knows', () => {
    const words = run.stderr.split('\n');

    expect(words[0]).toMatch(/DATADOG_REGOIN .*left out/);
    expect(words.indexOf('log-drain: lines go to the real datadog, with the settings of --env')).toBe(1);
    expect(words.findIndex((line) => line.startsWith('log-drain: local receivers'))).toBe(2);
    expect(words.indexOf('one of three')).toBeGreaterThan(2);
  });

  it('shows neither a setting nor a line in what it says itself, though the service echoes both', () => {
    const own = run.stderr.split('\n').filter((line) => line.startsWith('log-drain: '));

    expect(own.join('\n')).toContain('[datadog] attempt_failed');
    expect(own.join('\n')).not.toMatch(/of three|aaaabbbb|only-a-part/);
    expect(run.stderr).not.toContain(TOKEN);
    expect(run.stdout).not.toMatch(/of three|aaaabbbb/);
  });
});
