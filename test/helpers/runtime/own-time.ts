import { readdirSync, readFileSync } from 'node:fs';

/** A process's time with a processor and without, ms. */
interface Times {
  readonly ran: number;
  /** Ready to run, while something else did. */
  readonly waited: number;
}

/** Of the thread that waited longest: /proc/<pid>/task/<tid>/schedstat of Linux, in ns; zeros for a process that is not there. */
function timesOf(pid: number | undefined): Times {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map((thread): Times => {
      const [ran, waited] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
        .split(' ')
        .map(Number);
      return { ran: (ran ?? 0) / 1e6, waited: (waited ?? 0) / 1e6 };
    });
    return threads.reduce((most, one) => (one.waited > most.waited ? one : most), { ran: 0, waited: 0 });
  } catch {
    return { ran: 0, waited: 0 };
  }
}

/** Tells how long from now on a process waits for a processor, or for this process, which serves it; whichever is longer. */
function watchHeldUp(pid: () => number | undefined): () => number {
  const waited = (): number => timesOf(pid()).waited;
  const busy = (): number => {
    const own = timesOf(process.pid);
    return own.ran + own.waited;
  };
  const [waitedBefore, busyBefore] = [waited(), busy()];
  return () => Math.max(waited() - waitedBefore, busy() - busyBefore);
}

/** A limit is at most this many times as long: tests have limits too. */
const MOST_TIMES = 6;

/**
 * Calls back when a process has had `ms` for itself. Time in which it was held up by others is added, as on a machine
 * that it shares with no one: whoever tests that work ends in time does not test how busy the machine is.
 */
export function afterOwnTime(
  ms: number,
  pid: () => number | undefined,
  onTime: () => void,
): { readonly cancel: () => void } {
  const heldUpMs = watchHeldUp(pid);
  let given = 0;
  const look = (): void => {
    const heldUp = Math.min(heldUpMs(), (MOST_TIMES - 1) * ms);
    const more = heldUp - given;
    given = heldUp;
    if (more >= 1) timer = setTimeout(look, more);
    else onTime();
  };
  let timer = setTimeout(look, ms);
  return { cancel: () => clearTimeout(timer) };
}
