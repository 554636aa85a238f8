/** Where a command's output and our own messages go, both to the same place. */
export interface SharedOutput {
  /** Passes on what the command wrote, byte for byte; resolves when there is room for more. */
  readonly copy: (chunk: Buffer) => Promise<void>;
  /** Words of ours, on lines of their own even where the command has not ended its line. */
  readonly say: (text: string) => void;
  /** Ends a line that the command has left open. */
  readonly endLine: () => void;
}

const LF = 0x0a;

/** Shares a stream. Who reads it may go away (`2>&1 | head`): what comes then is left out, and nobody waits. */
export function createSharedOutput(stream: NodeJS.WritableStream): SharedOutput {
  let isOpen = false;
  let isGone = false;
  let onRoom = (): void => undefined;
  stream.on('drain', () => onRoom());
  for (const event of ['error', 'close']) {
    stream.on(event, () => {
      isGone = true;
      onRoom();
    });
  }

  function endLine(): void {
    if (isOpen && !isGone) stream.write('\n');
    isOpen = false;
  }
  /** The command's two streams are read side by side, and may wait both. */
  function room(): Promise<void> {
    const others = onRoom;
    return new Promise((resolve) => {
      onRoom = () => {
        onRoom = () => undefined;
        others();
        resolve();
      };
    });
  }
  return {
    copy: async (chunk) => {
      if (isGone || chunk.length === 0) return;
      isOpen = chunk.at(-1) !== LF;
      if (!stream.write(chunk)) await room();
    },
    say: (text) => {
      endLine();
      if (!isGone) stream.write(`${text}\n`);
    },
    endLine,
  };
}
