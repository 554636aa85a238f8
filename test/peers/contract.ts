import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { difference, linesOf, shipperEvent } from '../helpers/accepted-lines.ts';
import { createAuthority } from '../helpers/certificates.ts';
import { OUTPUTS } from './agent-output.ts';
import { AGENT, type Chain, startChain, WORKER } from './chain.ts';
import { createDaemon, type Daemon, type DaemonOptions } from './daemon.ts';
import type { DaemonKind } from './daemon-kind.ts';
import { needsDaemon } from './installation.ts';
import { type Restarted, restartUnderLoad } from './restart.ts';
import type { Stored } from './stored.ts';

/** A daemon, a function, a shipper and an agent start in each test, on a machine that may be busy. */
const SLOW = { timeout: 240_000 };

const ends: (() => Promise<unknown>)[] = [];

async function runDaemon(kind: DaemonKind, options?: DaemonOptions): Promise<Daemon> {
  const daemon = await createDaemon(kind, options);
  ends.push(daemon.close);
  await daemon.start();
  return daemon;
}

/** Runs an agent that writes `output` to its end. */
async function deliver(settings: Readonly<Record<string, string>>, output: Buffer): Promise<Chain> {
  const dir = await mkdtemp(join(tmpdir(), 'agent-'));
  ends.push(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, 'output'), output);
  const chain = await startChain({ settings, command: ['cat', join(dir, 'output')] });
  ends.push(chain.close);
  await chain.settled();
  return chain;
}

const isEvent = (text: string): boolean => shipperEvent({ text }) !== undefined;

/** Says where what is stored differs from what was written, without its content. */
function compare(written: readonly string[], stored: readonly Stored[]): string | undefined {
  const accepted = stored
    .filter(({ text }) => !isEvent(text))
    .map((one) => ({ ...one, stream: undefined, seq: undefined, request: 0 }));
  return difference(written, accepted);
}

/** Lines and events that were set aside, in the order of their numbers. */
const setAsideLines = (chain: Chain): readonly string[] => chain.setAside().filter((text) => !isEvent(text));

/** What this project promises with any syslog receiver, held against a real one. */
export function describeDaemon(kind: DaemonKind): void {
  const asStored = (text: string): string => (kind.keepsMark ? text : text.replace(/^\ufeff/, ''));

  describe(`delivery to a real ${kind.name}`, SLOW, () => {
    needsDaemon(kind);
    // Not at the top of this file, which is run once for several test files.
    afterEach(async () => {
      for (const end of ends.splice(0).toReversed()) await end();
    });

    describe.each(['newline', 'octet-counted'] as const)('with %s framing', (framing) => {
      it.each(Object.entries(OUTPUTS))('stores %s once, in order and unchanged', async (_name, output) => {
        const daemon = await runDaemon(kind, { framing });
        const startMs = Date.now();

        const chain = await deliver(daemon.settings, output);

        const stored = await daemon.stored();
        expect(compare(linesOf(output).map(asStored), stored)).toBeUndefined();
        expect(chain.setAside()).toEqual([]);
        expect([chain.metric('AttemptsFailed'), chain.metric('Unconfirmed')]).toEqual([0, 0]);
        const heads = stored.map(({ agent, app, worker }) => `${agent} ${app} ${worker}`);
        expect([...new Set(heads)]).toEqual([`${AGENT} livekit.hosted.agents ${WORKER}`]);
        const times = stored.map(({ timeMs }) => timeMs);
        expect(times).toEqual(times.filter((ms) => ms >= startMs && ms <= Date.now()));
      });
    });

    it.each(['newline', 'octet-counted'] as const)(
      'reads the structured data of each message, each part of a line too, with %s framing',
      async (framing) => {
        const daemon = await runDaemon(kind, { framing, storesElements: true });
        const structuredData = '[logtail@11993 source_token="a\\"b\\\\c\\]dé" tag="x y"][TOKEN@41058]';
        const lines = ['[id@1 name="value"] of the text', 'z'.repeat(20_000), 'the last line'];
        const output = Buffer.from(`${lines.join('\n')}\n`);

        await deliver({ ...daemon.settings, SYSLOG_STRUCTURED_DATA: structuredData }, output);

        const stored = await daemon.stored();
        expect(compare(lines, stored)).toBeUndefined();
        expect(stored.length).toBeGreaterThanOrEqual(5);
        const elements = await daemon.elements();
        expect(elements).toHaveLength(stored.length);
        for (const one of elements) {
          expect(one).toHaveProperty(['TOKEN@41058']);
          expect(one).toMatchObject({ 'logtail@11993': { source_token: 'a"b\\c]dé', tag: 'x y' } });
        }
      },
    );

    it('understands levels', async () => {
      const daemon = await runDaemon(kind);
      const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'panic'];
      const output = levels.map((level) => `{"level":"${level}","message":"x"}\n`).join('');

      await deliver(daemon.settings, Buffer.from(output));

      const stored = await daemon.stored();
      const priorities = stored.filter(({ text }) => !isEvent(text)).map(({ priority }) => priority);
      expect(priorities).toEqual([15, 15, 14, 12, 11, 10, 10]);
    });

    it('takes lines from who shows the certificate it asks for', async () => {
      const daemon = await runDaemon(kind, { asksForCertificate: true });
      const output = OUTPUTS['hostile lines'] ?? Buffer.alloc(0);

      const chain = await deliver(daemon.settings, output);

      expect(compare(linesOf(output), await daemon.stored())).toBeUndefined();
      expect(chain.setAside()).toEqual([]);
    });

    it.each([
      ['that does not show the certificate it asks for', true],
      ['that does not know its authority', false],
    ])('has nothing of a function %s, and nothing is lost', async (_what, asksForCertificate) => {
      const daemon = await runDaemon(kind, { asksForCertificate });
      const { SYSLOG_ENDPOINT = '', LOGS_CA = '' } = daemon.settings;
      const ca = asksForCertificate ? LOGS_CA : (await createAuthority()).cert;
      const output = Buffer.from('first line\n\n  second line\nthird\tline\n');

      const chain = await deliver({ SYSLOG_ENDPOINT, LOGS_CA: ca }, output);

      expect(setAsideLines(chain)).toEqual(linesOf(output));
      expect(await daemon.stored()).toEqual([]);
    });

    describe('stopped and started again while lines flow', () => {
      const stops = ['at-once', 'until-noticed', 'at-once'] as const;
      /** What a receiver that does not acknowledge can lose is a fact to know, and not for us to promise. */
      function tell(signal: string, { written, lost, duplicates, damaged }: Restarted): void {
        const sum = `${lost.length} of ${written} lines lost, ${duplicates} stored again, ${damaged} cut`;
        console.info(`${kind.name}, ${stops.length} times ${signal}: ${sum}`);
      }

      it('stores every line at least once, if it is stopped in good order', async () => {
        const result = await restartUnderLoad(kind, { signal: 'SIGTERM', stops });

        tell('SIGTERM', result);
        expect(result.lost).toEqual([]);
        expect(result).toMatchObject({ damaged: 0, setAside: 0, unconfirmed: 0 });
        expect(result.failedAttempts).toBeGreaterThan(0);
      });

      it('has lost, if it is killed, only what it had taken and not yet stored', async () => {
        const result = await restartUnderLoad(kind, { signal: 'SIGKILL', stops });

        tell('SIGKILL', result);
        // A line that was written after the last kill was taken by a daemon that went on to its end.
        expect(result.lost.filter((number) => number > result.writtenAtLastStop)).toEqual([]);
        expect(result.setAside).toBe(0);
        // Each kill can cut the one line that was being stored.
        expect(result.damaged).toBeLessThanOrEqual(stops.length);
      });
    });
  });
}
