import { describe, expect, it } from 'vitest';
import type { DestinationId } from '../../../lambdas/registry.ts';
import type { StreamLine } from '../../../local/view/line-row.ts';
import { createLiveView } from '../../../local/view/live-view.ts';

const IDS = ['datadog', 'cloudwatch', 'sentry', 'newrelic', 'splunk', 'syslog'] as const;
const TIME_MS = new Date(2026, 0, 15, 9, 5, 7).getTime();
const line = (text: string): StreamLine => ({ agent: 'CA_local', timeMs: TIME_MS, level: 'info', text });
const row = (text: string): string => `09:05:07 INFO  CA_local ${text}`;

/** As much of a terminal as the view uses: lines, back by some rows, clear to the end. */
function createScreen() {
  const rows: string[] = [''];
  let at = 0;
  function write(text: string): void {
    // eslint-disable-next-line no-control-regex
    for (const [part] of text.matchAll(/\u001b\[(\d*)[AJ]|\r|\n|[^\u001b\r\n]+/g)) {
      if (part === '\n') {
        at += 1;
        rows[at] ??= '';
      } else if (part.endsWith('A') && part.startsWith('\u001b'))
        at = Math.max(0, at - Number.parseInt(part.slice(2), 10));
      else if (part === '\u001b[J') rows.splice(at, rows.length - at, '');
      else if (part !== '\r') rows[at] = (rows[at] ?? '') + part;
    }
  }
  return { write, rows: () => rows.filter((text, i) => text !== '' || i < rows.length - 1) };
}

function setUp({ redraws = true } = {}) {
  const size = { columns: 80, rows: 24 };
  const state = { lines: 0, nowMs: 0, writes: 0 };
  const screen = createScreen();
  let written = '';
  const view = createLiveView({
    write: (text) => {
      state.writes += 1;
      written += text;
      screen.write(text);
    },
    terminal: { redraws, colors: false, size: () => size },
    counts: () => IDS.map((id: DestinationId) => ({ id, lines: state.lines })),
    monotonic: () => state.nowMs,
  });
  return { view, size, state, rows: screen.rows, written: () => written };
}

const counts = (lines: number): string[] =>
  IDS.map((id) => `${id.padEnd(18)}${String(lines).padStart(9)} delivered`);

describe('the live view in a terminal', () => {
  it('shows each line once, and one row for each destination below them', () => {
    const { view, state, rows } = setUp();
    view.draw();
    view.line(line('one'));
    state.lines = 1;
    view.draw();
    view.say('log-drain: words');
    view.line(line('two'));
    state.lines = 2;
    view.draw();

    expect(rows()).toEqual([row('one'), 'log-drain: words', row('two'), ...counts(2)]);
  });

  it('writes nothing while nothing happens', () => {
    const { view, state } = setUp();
    view.draw();
    view.draw();
    view.draw();

    expect(state.writes).toBe(1);
  });

  it.each([40, 80, 200])('has rows that no window of %i columns breaks', (columns) => {
    const { view, size, state, rows } = setUp();
    size.columns = columns;
    state.lines = 123_456_789;
    view.line(line('日本語 '.repeat(80)));
    view.draw();

    expect(Math.max(...counts(state.lines).map(({ length }) => length))).toBeLessThan(40);
    expect(rows().slice(1)).toEqual(counts(state.lines));
  });

  it('draws over its own rows, and over no other, when the window has become narrower and larger again', () => {
    const { view, size, rows } = setUp();
    view.line(line('first'));
    view.draw();
    for (const columns of [40, 120, 60]) {
      size.columns = columns;
      view.draw();
    }
    view.line(line('second'));
    view.draw();

    expect(rows()).toEqual([row('first'), row('second'), ...counts(0)]);
  });

  it('has one row for all in a window that is too low', () => {
    const { view, size, state, rows } = setUp();
    size.rows = 8;
    state.lines = 7;
    view.line(line('text'));
    view.draw();

    expect(rows()).toEqual([row('text'), '7 delivered to all 6']);
  });

  it('does not draw over what a shell has written while it was stopped', () => {
    const { view, rows } = setUp();
    view.draw();
    view.forget();

    expect(rows()).toEqual([...counts(0), ...counts(0)]);
  });

  it('leaves lines and words at its end, and no counts', () => {
    const { view, rows } = setUp();
    view.draw();
    view.line(line('last'));
    view.end();
    view.say('log-drain: done');

    expect(rows()).toEqual([row('last'), 'log-drain: done']);
  });
});

describe('the live view where nothing can be drawn over', () => {
  it('writes whole lines and no sequences, and counts now and then', () => {
    const { view, state, written } = setUp({ redraws: false });
    const long = 'x'.repeat(500);
    view.line(line(long));
    state.lines = 3;
    view.draw();
    state.nowMs = 10_000;
    view.draw();
    state.nowMs = 20_000;
    view.draw();
    view.line(line('last'));
    view.end();

    const words = `log-drain: delivered so far: ${IDS.map((id) => `${id} 3`).join(', ')}`;
    expect(written()).toBe(`${[row(long), words, row('last')].join('\n')}\n`);
  });
});
