import { describe, expect, it } from 'vitest';
import { IDS } from '../helpers/accepted-lines.ts';
import { descendants, isAlive, PATIENCE_MS, startLocal, until } from '../helpers/local-process.ts';

describe('log-drain local without a command', () => {
  it(
    'shows lines of a sample agent at every destination until SIGINT, then a summary, and leaves nothing behind',
    async () => {
      const local = await startLocal({});
      const shown = (id: string): number =>
        Number(
          local
            .stderr()
            .match(new RegExp(`^${id} +([0-9]+) lines`, 'gm'))
            ?.at(-1)
            ?.match(/\d+/)?.[0] ?? 0,
        );
      await until(() => IDS.every((id) => shown(id) > 3));
      const processes = descendants(local.child.pid);

      local.child.kill('SIGINT');
      const code = await local.ended;

      expect(code).toBe(0);
      const rows = local.stdout().split('\n');
      expect(rows[0]).toMatch(/^destination +received/);
      expect(rows.slice(1, 1 + IDS.length).map((row) => row.split(' ')[0])).toEqual(IDS);
      expect(rows[IDS.length + 2]).toMatch(/^written: [1-9]\d* lines on stdout/);
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
