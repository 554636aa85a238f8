import { setTimeout as wait } from 'node:timers/promises';
import { startChain } from './chain.ts';
import { createDaemon } from './daemon.ts';
import type { DaemonKind } from './daemon-kind.ts';

/** Writes numbered lines until SIGTERM. */
const NUMBERED_LINES = `
  let number = 0;
  const timer = setInterval(() => {
    let text = '';
    for (let i = 0; i < 20; i += 1) text += 'line ' + (number += 1) + ' ' + 'x'.repeat(100) + '\\n';
    process.stdout.write(text);
  }, 5);
  process.once('SIGTERM', () => clearInterval(timer));`;

/** Stored between two stops, so that lines flow at each. */
const FLOW_BYTES = 200_000;

export interface RestartOptions {
  readonly signal: 'SIGTERM' | 'SIGKILL';
  /** One stop each: whether the daemon stays away until the function has met that, or comes back at once. */
  readonly stops: readonly ('until-noticed' | 'at-once')[];
}

/** What became of the lines. */
export interface Restarted {
  readonly written: number;
  /** Numbers of lines, from 1, that the daemon has not stored. */
  readonly lost: readonly number[];
  /** Messages that the daemon stored in excess of one for each line. */
  readonly duplicates: number;
  /** Stored, and no line: what a kill cut in two. */
  readonly damaged: number;
  /** Lines that the agent had written at the last stop. */
  readonly writtenAtLastStop: number;
  /** Lines that the function set aside. */
  readonly setAside: number;
  readonly failedAttempts: number;
  /** Lines that the daemon may have got, as far as the function could see. */
  readonly unconfirmed: number;
}

const numberOf = (line: string): number => Number(/^line (\d+) x{100}$/.exec(line)?.[1]);

/** Stops the daemon and starts it again, several times, while an agent writes. */
export async function restartUnderLoad(kind: DaemonKind, options: RestartOptions): Promise<Restarted> {
  const { signal, stops } = options;
  const daemon = await createDaemon(kind);
  await daemon.start();
  const chain = await startChain({
    settings: daemon.settings,
    command: [process.execPath, '-e', NUMBERED_LINES],
  });
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await condition())) await wait(20);
  };
  const flows = async (): Promise<void> => {
    const enough = (await daemon.storedBytes()) + FLOW_BYTES;
    await until(async () => (await daemon.storedBytes()) >= enough);
  };
  let writtenAtLastStop = 0;
  try {
    for (const back of stops) {
      await flows();
      const failedBefore = chain.metric('AttemptsFailed');
      await daemon.stop(signal);
      writtenAtLastStop = chain.written().length;
      if (back === 'until-noticed') await until(() => chain.metric('AttemptsFailed') > failedBefore);
      await daemon.start();
    }
    await flows();
    chain.endAgent();
    await chain.settled();
    const numbers = (await daemon.stored())
      .filter(({ text }) => !text.startsWith('{'))
      .map(({ text }) => numberOf(text));
    const stored = new Set(numbers);
    const written = chain.written().map(numberOf);
    const lost = written.filter((number) => !stored.has(number));
    return {
      written: written.length,
      lost,
      duplicates: numbers.filter((number) => !Number.isNaN(number)).length - (written.length - lost.length),
      damaged: numbers.filter(Number.isNaN).length,
      writtenAtLastStop,
      setAside: chain.setAside().length,
      failedAttempts: chain.metric('AttemptsFailed'),
      unconfirmed: chain.metric('Unconfirmed'),
    };
  } finally {
    await chain.close();
    await daemon.close();
  }
}
