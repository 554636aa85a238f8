import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STDOUT } from '../../shared/record/format.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import { agentLines } from '../helpers/shipper/process.ts';

const world = useShipper();

const LINES = 200_000;
const LINE_BYTES = 240;

/** Lines that compress as an agent's do. */
function corpus(): string {
  let text = '';
  for (let n = 0; n < LINES; n += 1) {
    const head = `{"level":"info","n":${n},"message":"`;
    text += `${head}${Math.sin(n)
      .toString(36)
      .repeat(40)
      .slice(0, LINE_BYTES - head.length - 3)}"}\n`;
  }
  return text;
}

describe('200,000 lines at once, in the default setting', () => {
  it.each(['| cat >"$0"', '>"$0"'])('all arrive, and the copy %s is whole', async (redirection) => {
    const [input, copy, summaryFile] = ['input', 'copy', 'summary'].map((name) => join(world.dir, name));
    if (input === undefined || copy === undefined || summaryFile === undefined) throw new Error('no paths');
    const text = corpus();
    await writeFile(input, text);
    const args = ['run', '--drain-timeout', '100s', '--summary-file', summaryFile, '--', 'cat', input];

    const code = await world.start({ through: ['sh', '-c', `"$@" ${redirection}`, copy], args }).ended;

    expect(code).toBe(0);
    expect(JSON.parse(await readFile(summaryFile, 'utf8'))).toMatchObject({
      lines: { stdout: LINES },
      dropped: 0,
      unsent: 0,
      copy_missing: { stdout: 0, stderr: 0 },
    });
    const arrived = agentLines(world.kinesis, STDOUT);
    expect(arrived.length).toBe(LINES);
    expect(arrived.join('\n') === text.slice(0, -1)).toBe(true);
    expect((await readFile(copy, 'utf8')) === text).toBe(true);
  });
});
