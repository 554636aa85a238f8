import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNumbers } from '../checks/numbers.ts';
import type { Outcome } from '../stage/fault.ts';
import type { Step } from '../stage/plan.ts';
import { onStage, type Stage } from '../stage/stage.ts';
import { until } from '../stage/watch.ts';

/** An agent that writes when it is told to, and what arrived of it. */
export interface Talk {
  readonly stage: Stage;
  /** Starts it; the environment is the shipper's, and its sender loads the module first. */
  readonly start: (env: Readonly<Record<string, string>>, senderPreload?: string) => void;
  /** Has it write some lines. */
  readonly say: () => void;
  /** Resolves when all that it wrote so far was accepted. */
  readonly heard: () => Promise<void>;
  /** Resolves when the shipper has said this since the last time. */
  readonly complains: (words: RegExp) => Promise<void>;
}

const LINES_AT_ONCE = 500;

/** The agent writes as often as `act` has it say something, which must be as often as `times`. */
export function talk(times: number, act: (talk: Talk) => Promise<void>): () => Promise<Outcome> {
  return () => {
    const numbers = createNumbers();
    return onStage({ onAccepted: numbers.onAccepted }, async (stage) => {
      const turn = (n: number): string => join(stage.dir, `turn-${n}`);
      const does: Step[] = Array.from({ length: times }, (_, n) => [
        { kind: 'wait-for', file: turn(n) } as const,
        { kind: 'lines', count: LINES_AT_ONCE } as const,
      ]).flat();
      let said = 0;
      let read = 0;
      let ended: Promise<unknown> = Promise.reject(new Error('the agent was not started'));
      ended.catch(() => {});
      await act({
        stage,
        start: (env, senderPreload) => {
          const preload = senderPreload === undefined ? {} : { senderPreload };
          ({ ended } = stage.agent({ does, env, ...preload }));
        },
        say: () => {
          writeFileSync(turn(said), '');
          said += 1;
        },
        heard: () => until(() => numbers.count() >= said * LINES_AT_ONCE),
        complains: async (words) => {
          await until(() => words.test(stage.output().slice(read)));
          read = stage.output().length;
        },
      });
      assert.equal(said, times);
      assert.equal(await ended, 0);
      await stage.settled();
    });
  };
}
