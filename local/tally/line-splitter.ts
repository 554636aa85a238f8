import type { Stretch } from './text-hash.ts';

/** Takes lines in pieces, so that a line without an end needs no room. */
export interface LineSink {
  /** The next piece of the current line. */
  readonly piece: (piece: Stretch) => void;
  /** The current line is over. */
  readonly line: () => void;
}

export interface LineSplitter {
  readonly push: (chunk: Uint8Array) => void;
  /** The stream is over: what follows the last LF is a line, if it is anything. */
  readonly end: () => void;
}

const CR: Stretch = { text: '\r', from: 0, to: 1 };

/**
 * Splits bytes into lines as a reader of the agent's output sees them: at LF only, without one CR before it,
 * as UTF-8 with U+FFFD for what is not, a BOM kept.
 */
export function createLineSplitter(sink: LineSink): LineSplitter {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let open = false;
  // A CR at the end of a chunk: whether it goes depends on what comes next.
  let heldCr = false;

  function pieceOf(text: string, from: number, to: number): void {
    if (from === to) return;
    if (heldCr) sink.piece(CR);
    heldCr = text.charAt(to - 1) === '\r';
    open = true;
    const end = heldCr ? to - 1 : to;
    if (end > from) sink.piece({ text, from, to: end });
  }
  function pushText(text: string): void {
    let at = 0;
    for (let lf = text.indexOf('\n'); lf !== -1; lf = text.indexOf('\n', at)) {
      pieceOf(text, at, lf);
      sink.line();
      heldCr = false;
      open = false;
      at = lf + 1;
    }
    pieceOf(text, at, text.length);
  }
  return {
    push: (chunk) => pushText(decoder.decode(chunk, { stream: true })),
    end: () => {
      pushText(decoder.decode());
      if (!open) return;
      if (heldCr) sink.piece(CR);
      heldCr = false;
      open = false;
      sink.line();
    },
  };
}
