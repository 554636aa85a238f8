import { CAPITALS, LOWER_CASE } from '../words/words.ts';

const ISO = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?`;
const SHORT = String.raw`(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})?`;
const HOST = String.raw`([A-Za-z0-9][\w.-]{0,254})`;
const IDENT = String.raw`([\w./@-]{1,128})`;

interface Carrier {
  /** A part that it always has: spares trying the pattern on most lines. */
  readonly mark: string;
  readonly pattern: RegExp;
}

/**
 * What other programs put before a line of an agent. A captured word that is a level's name means that it is no
 * carrier after all (`ERROR | text`, `Jan 15 10:30:00 ERROR agent: text`).
 */
const CARRIERS: readonly Carrier[] = [
  // docker compose: "agent-1  | ", and foreman's "10:30:00 web.1  | "
  { mark: '|', pattern: /^(?:\d\d:\d\d:\d\d )?([A-Za-z0-9][\w.-]{0,127}) *\|(?: |$)/ },
  // pm2: "0|agent  | "
  { mark: '|', pattern: /^\d{1,4}\|[\w./@ -]{1,128}\| ?/ },
  // journalctl and classic syslog files
  { mark: ': ', pattern: new RegExp(String.raw`^${SHORT} ${HOST} ${IDENT}(?:\[\d{1,10}\])?: `) },
  { mark: ']: ', pattern: new RegExp(String.raw`^${ISO} (?:${HOST} )?${IDENT}\[[\w.]{1,64}\]: `) },
  { mark: ']: ', pattern: new RegExp(String.raw`^\[ {0,6}\d{1,9}\.\d{6}\] ${HOST} ${IDENT}\[\d{1,10}\]: `) },
  // Kubernetes: files of the container runtime, and `kubectl logs --prefix`
  { mark: ' std', pattern: new RegExp(String.raw`^${ISO} std(?:out|err) [FP](?: |$)`) },
  { mark: '[pod/', pattern: /^\[pod\/[\w./-]{1,250}\] / },
  // `docker logs -t`, `kubectl logs --timestamps` and pm2's --time, before JSON
  { mark: ' {', pattern: new RegExp(String.raw`^${ISO}:? (?=\{)`) },
];

/** Carriers may carry each other (a compose log in the journal), but none carries itself. */
const MAX_CARRIERS = 3;

/** Length of the known carrier prefixes at the beginning of `text`. */
export function carrierLength(text: string): number {
  let length = 0;
  let last: Carrier | undefined;
  for (let count = 0; count < MAX_CARRIERS; count += 1) {
    const rest = length === 0 ? text : text.slice(length);
    let found = 0;
    for (const carrier of CARRIERS) {
      if (carrier === last || !rest.includes(carrier.mark)) continue;
      found = prefixLength(carrier.pattern.exec(rest));
      if (found > 0) {
        last = carrier;
        break;
      }
    }
    if (found === 0) break;
    length += found;
  }
  return length;
}

function prefixLength(match: RegExpExecArray | null): number {
  if (match === null || match.slice(1).some((word) => isLevel(word ?? ''))) return 0;
  return match[0].length;
}

/** Not every word of a level: hosts and services are called `dev` and `http`. */
function isLevel(word: string): boolean {
  return LOWER_CASE.has(word) || (word === word.toUpperCase() && CAPITALS.has(word.toLowerCase()));
}
