import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { DESTINATION } from '../../../lambdas/syslog/destination.ts';
import type { Framing } from '../../../lambdas/syslog/settings.ts';
import { unescapeControls } from '../../../receivers/syslog/control-characters.ts';
import { type SyslogOptions, startSyslog } from '../../../receivers/syslog/receiver.ts';
import { createDeliveries, createServiceClock, kinesisRecord } from '../../helpers/engine-harness.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Delivers lines with the real engine to a strict receiver that asks for what its options say. */
async function deliver(lines: readonly string[], options: SyslogOptions) {
  const texts: string[] = [];
  const receiver = await startSyslog(({ text }) => texts.push(unescapeControls(text)), options);
  ends.push(receiver.close);
  const deliveries = createDeliveries(DESTINATION, {
    clock: createServiceClock(),
    secret: () => ({ kind: 'found', text: JSON.stringify(receiver.settings) }),
  });
  const report = await deliveries.deliver([kinesisRecord({ lines, arrivalMs: Date.now() })]);
  return { texts, violations: receiver.violations, failures: report.batchItemFailures };
}

/** With a maximum just above the longest header, so that nearly all is header. */
const LONGEST: SyslogOptions = { maxBytes: 1024, structuredData: `[a@1 key="${'k'.repeat(500)}"]` };

describe.each<Framing>(['newline', 'octet-counted'])('lines in parts, with %s framing', (framing) => {
  const unit = fc.constantFrom(
    'a',
    '0',
    ' ',
    ']',
    '"',
    '\\',
    '#',
    '#012',
    '\0',
    '\t',
    'é',
    '😀',
    'long'.repeat(100),
  );
  const line = fc.string({ unit, minLength: 1, maxLength: 40 });

  it('join to what was written; each part has the structured data and counts it against the maximum', async () => {
    const cases = fc.array(line, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(cases, async (lines) => {
        const { texts, violations, failures } = await deliver(lines, { ...LONGEST, framing });

        expect([violations, failures]).toEqual([[], []]);
        expect(texts.length).toBeGreaterThanOrEqual(lines.length);
        expect(texts.join('')).toBe(lines.join(''));
      }),
      { numRuns: 15 },
    );
  });

  it('are parts only if line, header and structured data do not fit together', async () => {
    const structuredData = `[a@1${'b'.repeat(500)}]`;
    const header = `<14>1 2026-01-15T10:30:00Z CA_a livekit.hosted.agents CAW_w - ${structuredData} `;
    const around = framing === 'newline' ? '\n' : '1024 ';
    const text = 'x'.repeat(1024 - header.length - around.length);

    const { texts, violations } = await deliver([text, `${text}x`], {
      maxBytes: 1024,
      structuredData,
      framing,
    });

    expect(violations).toEqual([]);
    expect(texts).toHaveLength(3);
    expect(texts[0]).toBe(text);
  });
});
