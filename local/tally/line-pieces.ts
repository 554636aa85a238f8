import type { Stream } from './outstanding.ts';
import { hashText, type TextHash } from './text-hash.ts';

/** A line as it stands in a record: a part of one, or what may be the rest of one that an earlier record has begun. */
export interface LinePiece {
  readonly worker: string;
  readonly boot: string;
  readonly stream: Stream;
  /** Its number since the boot. */
  readonly seq: number;
  readonly text: string;
  /** The line goes on in the stream's next one. */
  readonly open: boolean;
}

/** A line that was sent in parts, two at least. */
export interface LineInParts {
  readonly worker: string;
  readonly stream: Stream;
  readonly parts: readonly TextHash[];
}

/** Puts together which lines were sent in parts, from records in any order, some of them repeated. */
export interface LinePieces {
  readonly add: (piece: LinePiece) => void;
  /** The lines that are known by now, each once; one that is still open as far as it has come. */
  readonly take: () => readonly LineInParts[];
}

/** The pieces of one stream of a worker since one boot. */
interface Source extends Pick<LinePiece, 'worker' | 'stream'> {
  readonly pieces: Map<number, { readonly hash: TextHash; readonly open: boolean }>;
  /** First number and count of the lines that were taken. */
  readonly taken: Set<string>;
}

export function createLinePieces(): LinePieces {
  const sources = new Map<string, Source>();
  return {
    add: ({ worker, boot, stream, seq, text, open }) => {
      const name = `${stream} ${boot} ${worker}`;
      const source = sources.get(name) ?? { worker, stream, pieces: new Map(), taken: new Set() };
      sources.set(name, source);
      source.pieces.set(seq, { hash: hashText(text), open });
    },
    take: () => [...sources.values()].flatMap(takeFrom),
  };
}

function takeFrom({ worker, stream, pieces, taken }: Source): readonly LineInParts[] {
  const lines: LineInParts[] = [];
  let first = 0;
  let parts: TextHash[] = [];
  const end = (): void => {
    const name = `${first} ${parts.length}`;
    if (parts.length > 1 && !taken.has(name)) lines.push({ worker, stream, parts });
    if (parts.length > 1) taken.add(name);
    parts = [];
  };
  for (const [seq, { hash, open }] of [...pieces].sort(([one], [other]) => one - other)) {
    if (parts.length === 0) first = seq;
    parts.push(hash);
    if (!open) end();
  }
  end();
  return lines;
}
