import { describe, expect, it } from 'vitest';
import { allWord } from '../../local/view/words.ts';
import { IDS } from '../helpers/accepted-lines.ts';
import { descendants, isAlive, PATIENCE_MS, startLocal, until } from '../helpers/local-process.ts';

/** Lines of the agent as they are shown, by time, level and agent. */
function shownLines(text: string): readonly string[] {
  return text.match(/^\d\d:\d\d:\d\d (FATAL|ERROR|WARN |INFO |DEBUG) CA_local .*$/gm) ?? [];
}

describe('log-drain local without a command', () => {
  it(
    'shows lines of a sample agent at every destination until SIGINT, then a summary, and leaves nothing behind',
    async () => {
      const local = await startLocal({});
      const words = `first line delivered to ${allWord(IDS)} after`;
      await until(() => local.stderr().includes(words) && shownLines(local.stderr()).length > 3);
      const processes = descendants(local.child.pid);

      local.child.kill('SIGINT');
      const code = await local.ended;

      expect(code).toBe(0);
      const rows = local.stdout().split('\n');
      expect(rows[0]).toMatch(/^destination +received/);
      expect(rows.slice(1, 1 + IDS.length).map((row) => row.split(' ')[0])).toEqual(IDS);
      for (const row of rows.slice(1, 1 + IDS.length)) expect(row.split(/ +/)[5]).toBe('0');
      expect(rows[IDS.length + 2]).toMatch(/^written: [1-9]\d* lines on stdout/);
      expect(local.stderr().split(words)).toHaveLength(2);
      expect(local.stderr()).toContain('\nWhere to look next:\n');
      // No terminal: whole lines, and nothing that drives one.
      expect(local.stderr()).not.toMatch(/(?!\n)\p{Cc}/u);
      expect(shownLines(local.stderr()).at(-1)).toContain('"AGENT_EXITED"');
      // The functions, the shipper, its sender and the agent.
      expect(processes.length).toBeGreaterThanOrEqual(IDS.length + 3);
      await until(() => !processes.some(isAlive));
    },
    PATIENCE_MS,
  );

  it(
    'ends at once if it is stopped before anything has started',
    async () => {
      const local = await startLocal({});
      await until(() => local.stderr().includes('local receivers'));

      local.child.kill('SIGINT');
      local.child.kill('SIGTERM');

      expect(await local.ended).toBe(0);
      expect(local.stdout()).toMatch(/^destination +received/);
    },
    PATIENCE_MS,
  );
});
