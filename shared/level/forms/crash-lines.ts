import type { Form } from './form.ts';

const SIGNAL =
  'Segmentation fault|Aborted|Abort trap|Bus error|Illegal instruction|Floating point exception|Trace/breakpoint trap|Trace/BPT trap|Killed|Terminated';

/** How runtimes, the C library, the shell and the kernel announce the end of a process. */
export const CRASH_LINES: readonly Form[] = [
  { starts: 'p', pattern: /^panic(?:: |:$| serving )/, level: 'panic' },
  { starts: 't', pattern: /^thread '[^']{0,120}'(?: \(\d{1,10}\))? panicked at\b/, level: 'panic' },
  { starts: 't', pattern: /^thread caused non-unwinding panic/, level: 'panic' },
  {
    starts: 't',
    pattern: /^thread '[^']{0,120}'(?: \(\d{1,10}\))? has overflowed its stack/,
    level: 'fatal',
  },
  { starts: 'T', pattern: /^The application panicked \(crashed\)/, level: 'panic' },
  { starts: 'F', pattern: /^FFI Panic: /, level: 'panic' },
  { starts: 'm', pattern: /^memory allocation of \d{1,20} bytes failed/, level: 'fatal' },
  {
    starts: 'SABIFTK',
    pattern: new RegExp(`^(?:${SIGNAL})(?:: \\d{1,2})?(?: +\\(core dumped\\))?$`),
    level: 'fatal',
  },
  // Shells name the script or the program before the signal.
  {
    starts: '',
    mark: ': line ',
    pattern: new RegExp(`^[^\\s:]{1,200}: line \\d{1,6}: +\\d{1,10} (?:${SIGNAL})\\b`),
    level: 'fatal',
  },
  {
    starts: 'zf',
    pattern: /^(?:zsh|fish): (?:segmentation fault|abort|killed|bus error|illegal hardware instruction)\b/,
    level: 'fatal',
  },
  { starts: 'S', pattern: /^SIG(?:SEGV|ABRT|BUS|ILL|FPE|QUIT|TRAP): /, level: 'fatal' },
  {
    starts: 'Ff',
    pattern: /^[Ff]atal (?:Python error|glibc error|runtime error|error|exception|Error): ?/,
    level: 'fatal',
  },
  {
    starts: '#',
    pattern: /^# (?:A fatal error has been detected|Fatal (?:error in|JavaScript|process))\b/,
    level: 'fatal',
  },
  {
    starts: 'fmr',
    pattern: /^(?:free|malloc|realloc|calloc|munmap_chunk|malloc_consolidate)\(\): /,
    level: 'fatal',
  },
  {
    starts: 'dc',
    pattern: /^(?:double free or corruption|corrupted (?:size vs\. prev_size|double-linked list))\b/,
    level: 'fatal',
  },
  {
    starts: '*',
    pattern: /^\*\*\* (?:stack smashing detected|buffer overflow detected|%n in writable segment|Error in `)/,
    level: 'fatal',
  },
  {
    starts: 't',
    pattern: /^terminate called (?:after throwing|without an active|recursively)\b/,
    level: 'fatal',
  },
  { starts: 'l', pattern: /^libc\+\+abi(?:\.dylib)?: /, level: 'fatal' },
  { starts: 'p', pattern: /^pure virtual method called/, level: 'fatal' },
  {
    starts: '',
    mark: ' failed.',
    pattern: /^[^\s:]{1,200}: [^\s:]{1,200}:\d{1,7}: [^`]{1,200}: Assertion [`'].{1,200} failed\./,
    level: 'fatal',
  },
  { starts: 'A', pattern: /^Assertion failed: \(.{1,200}\), (?:function|file) /, level: 'fatal' },
  { starts: 'A', pattern: /^AddressSanitizer:DEADLYSIGNAL/, level: 'fatal' },
  { starts: 'O', pattern: /^Out of memory: Kill(?:ed)? process \d/, level: 'fatal' },
];
