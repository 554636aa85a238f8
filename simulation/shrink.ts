import { type SimulationOptions, type SimulationResult, simulate } from './simulate.ts';

/** A history that fails, and the options that play it. */
export interface Failing {
  readonly options: SimulationOptions;
  readonly result: SimulationResult;
}

/** Steps in which the end is moved to the front, hours. */
const HOUR_STEP = 0.5;

function ruleOf({ violations }: SimulationResult): string | undefined {
  return violations[0]?.rule;
}

/**
 * Looks for a shorter history that breaks the same rule: without troubles that do not matter, and ending sooner. What
 * is found is the smallest by single steps, which need not be the smallest of all.
 */
export async function shrink(failing: Failing): Promise<Failing> {
  const rule = ruleOf(failing.result);
  let best = failing;

  async function attempt(options: SimulationOptions): Promise<boolean> {
    const result = await simulate(options);
    if (ruleOf(result) !== rule) return false;
    best = { options, result };
    return true;
  }

  let only = best.options.only ?? best.result.troubles.map((_, at) => at);
  for (const at of only) {
    const others = only.filter((other) => other !== at);
    if (await attempt({ ...best.options, only: others })) only = others;
  }
  for (;;) {
    const hours = best.result.hours - HOUR_STEP;
    if (hours < HOUR_STEP || !(await attempt({ ...best.options, hours }))) return best;
  }
}
