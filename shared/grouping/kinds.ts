/** What a group of lines is, by the line that began it. */
export type GroupKind =
  | 'plain'
  | 'record'
  | 'json'
  | 'python'
  | 'exception-group'
  | 'fault'
  | 'node-dump'
  | 'node'
  | 'node-warning'
  | 'v8'
  | 'go'
  | 'rust'
  | 'java'
  | 'ruby'
  | 'dotnet';

/** An exception that nobody handled, or the end of a process: an error, where none of its lines says anything else. */
export const CRASHES: ReadonlySet<GroupKind> = new Set([
  'python',
  'exception-group',
  'fault',
  'node-dump',
  'node',
  'v8',
  'go',
  'rust',
  'java',
  'ruby',
  'dotnet',
]);

export const TRACEBACK = /^Traceback \(most recent call last\)/;
const DOTTED_CLASS = String.raw`(?:[A-Za-z_][\w$]{0,80}\.){1,12}[A-Z_][\w$]{0,80}`;

/** Lines that begin a group, whatever they stand in; the first that fits. All are anchored and bounded. */
export const STARTS: readonly (readonly [kind: GroupKind, pattern: RegExp])[] = [
  ['python', TRACEBACK],
  ['python', /^ {2}File "[^"]{1,400}", line \d/],
  ['python', /^Exception in thread (?!")[^:]{1,200}:/],
  ['python', /^(?:Exception ignored in\b|--- Logging error ---|Unhandled exception in event loop)/],
  ['python', /^(?:(?:Task|Future) exception was never retrieved|Task was destroyed but it is pending!)/],
  ['exception-group', /^ {2}\+ Exception Group Traceback/],
  ['fault', /^Fatal Python error:/],
  ['node-dump', /^(?:node:[\w/.-]{1,200}|\S{1,400}\.[cm]?[jt]sx?):\d{1,7}$/],
  ['v8', /^<--- Last few GCs/],
  ['node-warning', /^\(node:\d{1,10}\) /],
  ['go', /^(?:panic: |fatal error: |SIG[A-Z]{2,8}: |goroutine \d{1,20} \[)/],
  ['rust', /^thread '[^']{0,120}'(?: \(\d{1,10}\))? panicked at/],
  ['java', /^Exception in thread "/],
  ['dotnet', /^Unhandled exception\. /],
  ['java', new RegExp(`^${DOTTED_CLASS}(?:Exception|Error)(?::|$)`)],
  [
    'node',
    /^(?:Uncaught )?(?:[A-Za-z_$][\w$]{0,80})?(?:Error|UnhandledPromiseRejection)(?: \[[\w.-]{1,60}\])?(?:: |:?$)/,
  ],
  ['ruby', /^[^\s:]{1,300}:\d{1,7}:in [`'].{1,300}\([\w:]{1,200}\)$/],
];

/** A value printed over several lines. */
export const JSON_START = /^[{[]$/;

/** After these a blank line may be inside the group. */
export const BLANK_INSIDE: ReadonlySet<GroupKind> = new Set([
  'python',
  'exception-group',
  'fault',
  'node-dump',
  'node',
  'v8',
  'go',
]);

/** Right below a record, a group of these belongs to it: the logger was given the exception. */
export const BELOW_RECORD: ReadonlySet<GroupKind> = new Set([
  'python',
  'exception-group',
  'java',
  'node',
  'rust',
  'dotnet',
  'go',
]);

/** Of these a message may have several lines: one that is nothing else belongs to them if a frame follows it. */
export const FRAME: ReadonlyMap<GroupKind, RegExp> = new Map([
  ['python', /^[ \t]/],
  ['java', /^\s{1,8}(?:at |\.\.\. \d)/],
  ['dotnet', /^\s{1,8}at /],
  ['node', /^\s{1,40}at /],
  // zap's stack: a function, and its place below it.
  ['record', /^\t/],
]);

const V8_GOES_ON = /^(?:\[\d{1,10}:|<---|FATAL ERROR|-----| {0,4}\d{1,3}: 0x)/;
/** How a line that begins at column 0 goes on with its group. */
export const GOES_ON: ReadonlyMap<GroupKind, RegExp> = new Map([
  ['python', /^(?:future: |task: |Call stack:|Message: |Arguments: )/],
  ['fault', /^(?:Thread 0x|Current thread|Extension modules:)/],
  ['node-dump', /^(?:[}\]]|Node\.js v)/],
  ['node-warning', /^\(Use `/],
  ['v8', V8_GOES_ON],
  [
    'go',
    /^(?:[\w./*()[\]{}$-]{1,300}\(.{0,400}\)$|created by |goroutine \d|\[signal |r[a-z0-9]{1,5} {1,8}0x|[a-z]s {1,8}0x|exit status \d|fatal error: |panic: )/,
  ],
  ['rust', /^(?:stack backtrace:|note: )/],
  ['java', /^(?:Caused by: |Suppressed: )/],
  ['dotnet', /^--- End of /],
]);

export const CHAIN = /^(?:During handling of the above exception|The above exception was the direct cause)/;
/** How an indented line goes on, where not every one does. */
export const GOES_ON_INDENTED: ReadonlyMap<GroupKind, RegExp> = new Map([
  ['exception-group', /^\s{1,40}[|+]/],
  ['v8', V8_GOES_ON],
]);
/** `KeyError: 'room'`, `asyncio.exceptions.CancelledError`: a class, and what it says. */
export const EXCEPTION_LINE = /^(?:[A-Za-z_]\w{0,80}\.){0,12}[A-Za-z_]\w{0,80}(?:: |:?$)/;
export const NAMED_ERROR =
  /^(?:[A-Za-z_]\w{0,80}\.){0,12}[A-Za-z_]?\w{0,80}(?:Error|Exception|Warning|Group)(?:: |:?$)/;
export const CARET = /^\s{0,400}\^[\^~]*\s*$/;
export const CLOSES = /^[}\]]/;
export const OPENS = /[{[]$/;
