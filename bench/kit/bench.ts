import { join } from 'node:path';
import { writeCorpus } from './corpus.ts';
import type { BenchOptions } from './options.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

/** What every benchmark is given. */
export interface Bench {
  readonly workshop: Workshop;
  readonly corpus: { readonly path: string; readonly bytes: number };
  readonly options: BenchOptions;
}

/** Builds the programs and writes the corpus, for as long as `use` takes. */
export async function withBench<T>(
  dist: string,
  options: BenchOptions,
  use: (bench: Bench) => Promise<T>,
): Promise<T> {
  const workshop = await openWorkshop(dist);
  try {
    const path = join(workshop.dir, 'agent.log');
    const bytes = await writeCorpus(path, options.lines);
    return await use({ workshop, corpus: { path, bytes }, options });
  } finally {
    await workshop.close();
  }
}
