/** Random numbers that a seed repeats. */
export interface Random {
  readonly between: (from: number, to: number) => number;
  readonly pick: <T>(choices: readonly T[]) => T;
}

/** A linear congruential generator with the constants of Numerical Recipes; `seed`: an integer. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  /** In [0, 1); of the 32 bits the low ones hardly vary, and count for little. */
  function next(): number {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  }

  return {
    between: (from, to) => from + next() * (to - from),
    pick: (choices) => choices[Math.floor(next() * choices.length)] as (typeof choices)[number],
  };
}
