import { readFileSync, writeFileSync, writeSync } from 'node:fs';

/** An agent that logs as fast as it can, a write for each line as loggers do, and tells how many ms that took it. */
const [result = '', corpus = '', lines = '0'] = process.argv.slice(2);
const SAMPLE_LINES = 1_000;
const LF = '\n';

const sample = readFileSync(corpus, 'utf8')
  .split(LF, SAMPLE_LINES)
  .map((line) => Buffer.from(line + LF));
const started = performance.now();
for (let line = 0; line < Number(lines); line += 1)
  writeSync(1, sample[line % sample.length] ?? Buffer.from(LF));
writeFileSync(result, String(performance.now() - started));
