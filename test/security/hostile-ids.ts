/** What is no agent id, and would do harm in a path, a key, a header, a log line or on a terminal. */
export const HOSTILE_AGENT_IDS: readonly (readonly [what: string, id: string])[] = [
  ['empty', ''],
  ['a space', ' '],
  ['the name of everybody’s settings', 'default'],
  ['this folder', '.'],
  ['the folder above', '..'],
  ['a path upwards', '../CA_other'],
  ['a path upwards within', 'CA_x/../../leases'],
  ['a path from the root', '/etc/passwd'],
  ['a Windows path', '..\\CA_other'],
  ['an encoded path', '%2e%2e%2fCA_other'],
  ['an encoded path, twice', '%252e%252e'],
  ['a folder', 'CA_x/datadog'],
  ['a hidden file', '.CA_x'],
  ['an option', '--json'],
  ['CR and LF', 'CA_x\r\nX-Injected: 1'],
  ['LF', 'CA_x\n{"_aws":{}}'],
  ['LF at its end', 'CA_x\n'],
  ['NUL', 'CA_x\0'],
  ['an escape sequence', 'CA_\u001b[2J'],
  ['a C1 control character', 'CA_\u009b2J'],
  ['text turned around', 'CA_\u202ex'],
  ['a space of no width', 'CA_\u200bx'],
  ['Cyrillic look-alikes', '\u0421\u0410_x'],
  ['full-width look-alikes', '\uff23\uff21_x'],
  ['half a character', 'CA_\ud800'],
  ['a wildcard', 'CA_*'],
  ['a question mark', 'CA_?'],
  ['a colon', 'CA:x'],
  ['quotes', 'CA_"x"'],
  ['a shell’s words', '$(touch CA)'],
  ['129 characters', 'x'.repeat(129)],
  ['10 KB', 'x'.repeat(10_240)],
  ['10 KB of a path', '../'.repeat(3_413)],
];

/** Ids that are good, and that careless code would stumble over. */
export const NASTY_AGENT_IDS: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'DEFAULT',
  'Default',
  'a..b',
  'a.-_',
  '0',
  '_',
  'null',
  'x'.repeat(128),
];

/** Worker ids that ours may not have; foreign ones are made good. */
export const HOSTILE_WORKER_IDS: readonly string[] = [
  'a b',
  'a:b',
  'a*b',
  'w\r\nX: 1',
  'w\n',
  'w\0',
  'w\u001b[2J',
  'w\u009b2J',
  'w\u202ex',
  '\u0421\u0410',
  '\ud800',
  'x'.repeat(129),
  'x y'.repeat(3_000),
];

/** Nothing but what an id, a number and our own words are made of. */
export const HARMLESS_KEY = /^[a-z]+(\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}){1,6}$/;
