import { LEVELS, type Level } from './levels.ts';

const ALL_WORDS: Readonly<Record<Level, string>> = {
  panic: 'panic dpanic emerg emergency pnc pani',
  fatal: 'fatal critical crit alert ftl fata',
  error: 'error err eror erro severe fail',
  warn: 'warn warning wrn',
  info: 'info inf information informational notice dev success http log',
  debug: 'debug dbg dbug debu debug1 debug2 debug3 debug4 debug5 verbose verb fine config',
  trace: 'trace trc trce trac silly sill vrb finer finest',
};

function entries(words: Readonly<Partial<Record<Level, string>>>): [word: string, level: Level][] {
  return LEVELS.flatMap((level) =>
    (words[level]?.split(' ') ?? []).map((word): [string, Level] => [word, level]),
  );
}

/** Every lower-case word that names a level where a level is expected, such as the value of a `level` key. */
export const LEVEL_OF_WORD: ReadonlyMap<string, Level> = new Map(entries(ALL_WORDS));

/** Letters by which klog, glog, logcat, tornado and others abbreviate levels. */
export const LEVEL_OF_LETTER: ReadonlyMap<string, Level> = new Map(
  entries({ fatal: 'F C', error: 'E', warn: 'W', info: 'I', debug: 'D V', trace: 'T' }),
);

function without(excluded: string): ReadonlySet<string> {
  const gone = new Set(excluded.split(' '));
  return new Set([...LEVEL_OF_WORD.keys()].filter((word) => !gone.has(word)));
}

/** Words that mean a level in capitals after a timestamp, in brackets or before a colon. */
export const CAPITALS = without('http config fail verb sill');

/** Words that mean a level as a line's first word in capitals, with nothing but a space after them. */
export const CAPITALS_AT_START = without(
  'http config fail verb sill dev log success information informational alert emerg emergency fine finer finest silly',
);

/** Words that mean a level when they stand alone in brackets, in any case (`[http]`, `[log]` are components). */
export const IN_BRACKETS = without('http config fail log dev success fine finer finest verb sill');

/** Words that mean a level in lower case before a colon. */
export const LOWER_CASE = without(
  'http config log dev success inf emergency fine finer finest verb sill eror erro pani fata debu trac',
);

/** Words that mean a level with a capital first letter before a colon (`Alert:` and `Success:` are prose). */
export const TITLE_CASE: ReadonlySet<string> = new Set(
  'error warning warn info information debug fatal critical notice trace panic severe verbose'.split(' '),
);

/** Level words that a `status` key also holds as the outcome of a job or a check. */
export const OUTCOMES: ReadonlySet<string> = new Set([
  'error',
  'err',
  'fail',
  'success',
  'log',
  'http',
  'dev',
]);
