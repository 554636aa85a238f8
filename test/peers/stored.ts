import { readFile } from 'node:fs/promises';

/** A message as a daemon understood it. */
export interface Stored {
  readonly priority: number;
  readonly timeMs: number;
  readonly agent: string;
  readonly app: string;
  readonly worker: string;
  /** Without our escapes. */
  readonly text: string;
}

const LINE = /^(\d+) (\S+) (\S+) (\S+) (\S+) (.*)$/s;

function unescaped(text: string): string {
  return text.replaceAll(/#(0[0-3][0-7]|043)/g, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 8)),
  );
}

/** A line that a daemon was killed in, or that is not as it was told to write it, is all text. */
function storedOf(line: string): Stored {
  const [, priority = '', time = '', agent = '', app = '', worker = '', text = line] = LINE.exec(line) ?? [];
  return {
    priority: Number(priority),
    timeMs: Date.parse(time),
    agent,
    app,
    worker,
    text: unescaped(text),
  };
}

/** Reads what a daemon that does not run any more has stored. Throws if it is not UTF-8. */
export async function readStored(file: string): Promise<readonly Stored[]> {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  const lines = text.split('\n');
  return (lines.at(-1) === '' ? lines.slice(0, -1) : lines).map(storedOf);
}
