import { describe, expect, it } from 'vitest';
import { type Terminal, type TerminalStream, terminalOf } from '../../../local/view/terminal.ts';

const TTY = { isTTY: true, columns: 100, rows: 30 };

type Case = readonly [TerminalStream, Readonly<Record<string, string>>, Partial<Terminal>];

describe('what may be done with a stream', () => {
  it.each<[string, ...Case]>([
    ['a terminal', TTY, { TERM: 'xterm' }, { redraws: true, colors: true }],
    ['a terminal of unknown kind', TTY, {}, { redraws: true, colors: true }],
    ['a dumb terminal', TTY, { TERM: 'dumb' }, { redraws: false, colors: false }],
    ['NO_COLOR', TTY, { NO_COLOR: '1' }, { redraws: true, colors: false }],
    ['an empty NO_COLOR, which says nothing', TTY, { NO_COLOR: '' }, { redraws: true, colors: true }],
    ['a pipe', {}, {}, { redraws: false, colors: false }],
    ['FORCE_COLOR in a pipe', {}, { FORCE_COLOR: '1' }, { redraws: false, colors: true }],
    ['FORCE_COLOR=0 in a terminal', TTY, { FORCE_COLOR: '0' }, { redraws: true, colors: false }],
    [
      'FORCE_COLOR against NO_COLOR',
      TTY,
      { FORCE_COLOR: '3', NO_COLOR: '1' },
      { redraws: true, colors: true },
    ],
    [
      'FORCE_COLOR in a dumb terminal',
      TTY,
      { FORCE_COLOR: '1', TERM: 'dumb' },
      { redraws: false, colors: true },
    ],
  ])('%s', (_, ...[stream, env, expected]: Case) => {
    expect(terminalOf(stream, env)).toMatchObject(expected);
  });

  it('follows the size, and has one where the terminal does not know its own', () => {
    const stream = { isTTY: true, columns: 80, rows: 24 };
    const { size } = terminalOf(stream, {});
    stream.columns = 40;

    expect(size()).toEqual({ columns: 40, rows: 24 });
    expect(terminalOf({ isTTY: true, columns: 0, rows: 0 }, {}).size()).toEqual({ columns: 80, rows: 24 });
  });
});
