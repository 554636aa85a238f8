import type { Form } from './form.ts';

/** Packages or modules before the name of a class. */
const NAME = String.raw`(?:[A-Za-z_][\w$]{0,80}\.){0,12}`;

/** `ValueError: text`, `json.decoder.JSONDecodeError: text`, `TypeError [ERR_X]: text`, `[Error: text]`, or the name alone. */
function namedError(suffix: string): RegExp {
  return new RegExp(`^\\[?${NAME}(?:[A-Z_][\\w$]{0,80}?)?${suffix}(?: \\[[\\w.-]{1,60}\\])?(?::(?: |$)|$)`);
}

/** What compilers print: `path:line:column: error: text`, `path(line,column): error TS1: text`. */
function diagnostic(word: string): RegExp {
  const place = String.raw`(?:[A-Za-z]:)?[^\s:(]{1,300}(?::\d{1,7}(?::\d{1,6})?(?::| -)|\(\d{1,7},\d{1,6}\):)`;
  return new RegExp(`^${place} ${word}(?: [A-Z]{1,6}\\d{1,6})?: `);
}

/** Errors and warnings that language runtimes print by themselves. */
export const RUNTIME_FORMS: readonly Form[] = [
  { starts: 'T+', pattern: /^(?:\+ Exception Group )?Traceback \(most recent call last\):/, level: 'error' },
  // rich draws a box around a traceback, and typer one around a usage error that ends the program.
  {
    starts: '\xe2',
    pattern: /^\xe2[\x94\x95].(?:\xe2\x94[\x80\x81]){1,120} Traceback \(most recent call last\) /,
    level: 'error',
  },
  { starts: '\xe2', pattern: /^\xe2[\x94\x95].(?:\xe2\x94[\x80\x81]){1,120} Error \xe2/, level: 'fatal' },
  {
    starts: '',
    mark: 'Warning: ',
    pattern: new RegExp(`^${NAME}[A-Z_][\\w$]{0,80}?Warning: `),
    level: 'warn',
  },
  {
    starts: '',
    mark: 'Warning: ',
    pattern: new RegExp(`^(?:[A-Za-z]:)?[^:]{1,300}:\\d{1,7}: ${NAME}\\w{0,60}Warning: `),
    level: 'warn',
  },
  { starts: '', mark: 'Error', pattern: namedError('Error'), level: 'error' },
  { starts: '', mark: 'Exception', pattern: namedError('Exception(?:Group)?'), level: 'error' },
  {
    starts: '',
    mark: 'exception',
    pattern: new RegExp(`^${NAME}_?exceptions?\\.[A-Z]\\w{1,80}(?:: |$)`),
    level: 'error',
  },
  // Python's older modules: struct.error: text, socket.gaierror: text
  { starts: '', mark: 'error: ', pattern: /^(?:[a-z_]\w{0,40}\.){1,6}(?:gai|h)?error: /, level: 'error' },
  { starts: '', mark: 'error', pattern: diagnostic('(?:fatal )?error'), level: 'error' },
  { starts: '', mark: 'warning', pattern: diagnostic('warning'), level: 'warn' },
  { starts: 'ew', pattern: /^(?<word>error|warning)(?:\[[A-Z]{1,2}\d{3,5}\]| TS\d{1,6}): / },
  {
    starts: '(',
    pattern: /^\((?:node|bun|electron):\d{1,10}[^)]{0,40}\) (?:\[[\w-]{1,40}\] )?\w{0,60}Warning: /,
    level: 'warn',
  },
  { starts: 'UI[', pattern: /^\[?(?:Uncaught|UnhandledPromiseRejection:) /, level: 'error' },
  {
    starts: 'U',
    pattern:
      /^Unhandled (?:exception(?:[.:]| in | at |$)|Exception:|[Rr]ejection(?: at)?:|[Pp]romise [Rr]ejection)/,
    level: 'error',
  },
  {
    starts: 'E',
    pattern: /^Exception (?:in thread |in callback |ignored (?:in|on|while)\b)/,
    level: 'error',
  },
  { starts: 'E', pattern: /^Error in (?:sys\.excepthook|atexit\._run_exitfuncs):/, level: 'error' },
  { starts: 'TF', pattern: /^(?:Task|Future) exception was never retrieved/, level: 'error' },
  { starts: 'T', pattern: /^Task was destroyed but it is pending!/, level: 'error' },
  { starts: '-', pattern: /^--- Logging error ---/, level: 'error' },
  { starts: 'C', pattern: /^Caused by: /, level: 'error' },
  { starts: '*', pattern: /^\*\* \((?:[A-Z][\w.]{0,80}Error|EXIT from #PID|exit\))/, level: 'error' },
  {
    starts: 'OJ',
    pattern: /^(?:OpenJDK|Java HotSpot\(TM\)) (?:64-Bit )?(?:Server|Client) VM warning: /,
    level: 'warn',
  },
];
