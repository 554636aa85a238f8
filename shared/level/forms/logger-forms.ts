import type { Form } from './form.ts';

const LETTERS = 'IWEF';

/** Loggers that abbreviate the level or put it into a form of their own. */
export const LOGGER_FORMS: readonly Form[] = [
  // syslog, and sd-daemon's prefixes (sd-daemon(3))
  { starts: '<', pattern: /^<(?<pri>[1-9]?\d|1[0-8]\d|19[01])>(?=[^\s<])/ },
  // klog, glog and absl: E0115 10:30:00.123456       1 file.go:330]
  {
    starts: LETTERS,
    pattern: /^(?<letter>[IWEF])\d{4}(?:\d{4})? \d\d:\d\d:[\d.]{2,20} +\d{1,10} [^\s:\]]{1,200}:\d{1,7}\]/,
  },
  {
    starts: '[',
    pattern: /^\[(?<letter>[IWEF])(?:\d{3,4} \d\d:\d\d:[\d.]{2,20})? [^\s:\]]{1,200}:\d{1,7}\]/,
  },
  { starts: '[', pattern: /^\[(?<letter>[VDIWEF]):onnxruntime:/ },
  // Chromium and WebRTC: [123:456:0115/103000.123456:ERROR:file.cc(12)]
  { starts: '[', pattern: /^\[(?:\d{1,10}:){0,2}\d{4}\/\d{6}(?:\.\d{1,9})?:(?<word>[A-Z]{4,7})\d?:/ },
  // Tornado and Jupyter: [E 260115 10:30:00 web:123], NeMo: [NeMo W 2026-01-15 …]
  { starts: '[', pattern: /^\[(?:NeMo )?(?<letter>[CDEFIW]) (?:\d{4}-\d\d-\d\d |\d{6} )?\d\d:\d\d/ },
  // Ruby: E, [2026-01-15T10:30:00.123456 #12] ERROR -- : text
  { starts: 'DIWEF', pattern: /^(?<letter>[DIWEF]), \[\d{4}-\d\d-\d\dT/ },
  // Android: E/Tag( 123): text; not "I/O error"
  { starts: 'VDIWEF', pattern: /^(?<letter>[VDIWEF])\/[A-Za-z][\w.-]{1,80} {0,8}(?:\( {0,8}\d{1,10}\))?:/ },
  // ESP-IDF: E (1234) wifi: text
  { starts: 'VDIWE', pattern: /^(?<letter>[VDIWE]) \(\d{1,10}\) [\w.-]{1,60}: / },
  // Erlang: =ERROR REPORT==== 15-Jan-2026::10:30:00 ===
  { starts: '=', pattern: /^=(?:CRASH|SUPERVISOR) REPORT====/, level: 'error' },
  { starts: '=', pattern: /^=(?<word>[A-Z]{4,9}) REPORT====/ },
  // Python's logging, level without a name: Level 25:root:text
  { starts: 'L', pattern: /^(?<word>Level \d{1,3}):(?=[\w.]{1,80}:)/ },
  {
    starts: 'n',
    pattern: /^npm (?<word>ERR|error|WARN|warn|notice|info|http|verb|verbose|sill|silly)(?: |!|$)/,
  },
  { starts: 'E', pattern: /^(?:ERR_PNPM_[A-Z_]{2,80}|ELIFECYCLE) /, level: 'error' },
];
