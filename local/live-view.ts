import type { DestinationId } from '../lambdas/registry.ts';

export interface LiveView {
  readonly accepted: (id: DestinationId, text: string) => void;
  readonly stop: () => void;
}

export interface LiveViewOptions {
  readonly ids: readonly DestinationId[];
  readonly write: (text: string) => void;
  /** Draws over what was drawn before. */
  readonly terminal: boolean;
  readonly columns: number;
}

const EVERY_MS = { terminal: 250, plain: 2_000 };

/** Shows how many lines each destination has got, and the last one. */
export function startLiveView({ ids, write, terminal, columns }: LiveViewOptions): LiveView {
  const counts = new Map(ids.map((id) => [id, 0]));
  const last = new Map<DestinationId, string>();
  let drawn = 0;

  function rows(): string[] {
    return ids.map((id) => {
      const head = `${id.padEnd(11)}${String(counts.get(id) ?? 0).padStart(7)} lines  `;
      const text = (last.get(id) ?? '').replace(/\p{C}/gu, ' ');
      return (head + text).slice(0, columns - 1);
    });
  }

  function draw(): void {
    const lines = terminal ? rows().map((row) => `\u001b[2K${row}`) : [...rows(), ''];
    const back = terminal && drawn > 0 ? `\u001b[${drawn}A` : '';
    write(`${back}${lines.join('\n')}\n`);
    drawn = lines.length;
  }

  const timer = setInterval(draw, terminal ? EVERY_MS.terminal : EVERY_MS.plain);
  return {
    accepted: (id, text) => {
      counts.set(id, (counts.get(id) ?? 0) + 1);
      last.set(id, text);
    },
    stop: () => {
      clearInterval(timer);
      draw();
    },
  };
}
