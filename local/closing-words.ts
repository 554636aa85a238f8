import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export interface ClosingWords {
  /** Our own program. */
  readonly program: string;
  readonly cwd: string;
  /** Of `--out`. */
  readonly outDir: string | undefined;
  /** Files in it, `datadog.ndjson`. */
  readonly files: readonly string[];
}

const PAGES = ['README.md', 'docs/local.md', 'docs/deploy.md'];

/** Where to look next, after the sample agent: lines that can be pasted into a shell as they are. */
export function nextSteps({ program, cwd, outDir, files }: ClosingWords): readonly string[] {
  const self = `node ${shellWord(pathFrom(cwd, program))}`;
  const root = dirname(dirname(program));
  const pages = PAGES.map((page) => join(root, page))
    .filter((page) => existsSync(page))
    .map((page) => pathFrom(cwd, page));
  const first = files[0];
  const accepted =
    outDir === undefined || first === undefined
      ? ['# what each destination accepts, a file for each', `${self} local --out out`]
      : ['# what each destination accepted, a file for each', `head -n 3 ${shellWord(join(outDir, first))}`];
  return [
    '',
    'Where to look next:',
    '# your own agent in place of the sample',
    `${self} local -- python agent.py start`,
    ...accepted,
    '# all options',
    `${self} local --help`,
    ...(pages.length === 0 ? [] : [`# ${pages.join(', ')}`]),
  ];
}

/** As somebody in that folder would write it. */
function pathFrom(cwd: string, path: string): string {
  const shorter = relative(cwd, path);
  return shorter.startsWith('..') ? path : shorter;
}

/** Quoted for a POSIX shell, where it needs to be. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
