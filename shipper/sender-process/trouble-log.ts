import type { Clock } from '../../shared/base/clock.ts';
import type { Logger } from '../base/logger.ts';

/** Why records are not sent. */
export interface Trouble {
  /** In plain words. */
  readonly reason: string;
  /** It has lasted for so long that it is to be told. */
  readonly isLong: boolean;
}

/** A bit more than the time in which the logger leaves out what it has said. */
const REPEAT_AFTER_MS = 61_000;
const OVER = 'Kinesis takes records again';

export interface TroubleLog {
  /** From the sender; undefined: there is none, or none any more. */
  readonly onTrouble: (trouble: Trouble | undefined) => void;
  /** The sender ended, and is started again in `restartMs`. */
  readonly onExit: (how: string, restartMs: number) => void;
  /** It runs. */
  readonly onReady: () => void;
  /** Why records are not sent at present, in plain words; undefined: there is no trouble. */
  readonly reason: () => string | undefined;
}

/**
 * Logs trouble that is long, and when it is over. Each is said at most once a minute; what changes back within the minute
 * is said at its end if it still holds, so that the last word is true.
 */
export function createTroubleLog(log: Logger, clock: Pick<Clock, 'after'>): TroubleLog {
  let trouble: Trouble | undefined;
  let exit: string | undefined;
  let lastWord: string | undefined;
  const said = new Set<string>();

  const tell = (): void => {
    if (trouble?.isLong === false) return;
    const word = trouble?.reason ?? OVER;
    // Nothing is over where nothing was said.
    if (word === (lastWord ?? OVER) || said.has(word)) return;
    lastWord = word;
    log(word, trouble === undefined ? OVER : `${word}; lines wait to be sent`);
    said.add(word);
    clock
      .after(REPEAT_AFTER_MS, () => {
        said.delete(word);
        tell();
      })
      .unref();
  };

  return {
    onTrouble: (next) => {
      trouble = next;
      tell();
    },
    onExit: (how, restartMs) => {
      exit = how;
      log(
        'sender',
        `the sending process ended (${how}) and starts again in ${restartMs} ms; its lines are kept`,
      );
    },
    onReady: () => {
      exit = undefined;
    },
    reason: () =>
      trouble?.reason ?? (exit === undefined ? undefined : `the sending process does not run (${exit})`),
  };
}
