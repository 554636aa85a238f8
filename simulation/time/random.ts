/** Random numbers from a seed: the same seed gives the same numbers on every machine. */
export interface Random {
  /** In [0, 1). */
  readonly next: () => number;
  /** A whole number of `[from, to]`. */
  readonly whole: (from: number, to: number) => number;
  /** In `[from, to)`. */
  readonly between: (from: number, to: number) => number;
  readonly chance: (probability: number) => boolean;
  /** One of a list that is not empty. */
  readonly pick: <T>(list: readonly T[]) => T;
  /** With this mean, as times between events that do not know of each other. */
  readonly exponential: (mean: number) => number;
  /** Numbers of their own for one part of the world, so that they stay the same if other parts ask for more or fewer. */
  readonly fork: (name: string) => Random;
}

const GOLDEN = 0x9e37_79b9;

/** Spreads the bits of a 32-bit number (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let bits = value ^ (value >>> 16);
  bits = Math.imul(bits, 0x85eb_ca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function hashOf(text: string, seed: number): number {
  let hash = mix(seed ^ GOLDEN);
  for (let i = 0; i < text.length; i += 1) hash = mix(hash ^ text.charCodeAt(i));
  return hash;
}

/** Counts in steps of the golden ratio and spreads each count (Weyl sequence). */
export function createRandom(seed: number): Random {
  let state = mix(seed);

  function next(): number {
    state = (state + GOLDEN) >>> 0;
    return mix(state) / 2 ** 32;
  }

  return {
    next,
    whole: (from, to) => from + Math.floor(next() * (to - from + 1)),
    between: (from, to) => from + next() * (to - from),
    chance: (probability) => next() < probability,
    pick: <T>(list: readonly T[]) => list[Math.floor(next() * list.length)] as T,
    exponential: (mean) => -mean * Math.log(1 - next()),
    fork: (name) => createRandom(hashOf(name, seed)),
  };
}
