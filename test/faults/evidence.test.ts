import { describe, expect, it } from 'vitest';
import { evidenceOf, textOf } from '../../faults/stage/evidence.ts';

const summary = {
  agent_id: 'CA_a',
  worker_id: 'W0',
  boot: 'b',
  lines: { stdout: 9, stderr: 0, events: 2 },
  split: 0,
  dropped: 5,
  unsent: 0,
  spooled: 0,
  late: 0,
  copy_missing: { stdout: 0, stderr: 0 },
  exit_code: 0,
  signal: null,
};
const event = { worker_id: 'W0', event: 'LINES_DROPPED', message: 'words', lines: 2 };
const WITNESSES = {
  lines: { stdout: 10, stderr: 0, events: 2 },
  destinations: {
    datadog: {
      delivered: 6,
      lost: 6,
      duplicates: 0,
      disorder: { stdout: 0, stderr: 0 },
      latency_ms: { p50: 1, p99: 2 },
    },
  },
  agents: [
    { workerId: 'W0', summary: () => summary },
    { workerId: 'W1', summary: () => undefined },
  ],
  events: [event, { ...event, lines: 3 }],
};

describe('the evidence of a row with lines missing', () => {
  it('is what was written and delivered, what each shipper counted, and how often it said what', () => {
    expect(evidenceOf(WITNESSES).split('\n')).toEqual([
      'written: {"stdout":10,"stderr":0,"events":2}',
      expect.stringMatching(/^datadog: \{"delivered":6,"lost":6,/),
      `W0: ${JSON.stringify(summary)}`,
      'W1: "no summary"',
      'W0 said LINES_DROPPED: {"times":2,"lines":5}',
    ]);
  });

  it('follows the counts of its row', () => {
    const counts = { written: 12, delivered: 6, duplicates: 0, parked: 0, dropped: 5, killed: 0 };
    const outcome = { ...counts, unaccounted: 1, peakBytes: { shipper: 1, function: 1 } };

    expect(textOf(outcome)).toBe(JSON.stringify(outcome));
    expect(textOf({ ...outcome, evidence: 'W1: "no summary"' })).toBe(
      `${JSON.stringify(outcome)}\nW1: "no summary"`,
    );
  });
});
