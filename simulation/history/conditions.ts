import type { AgentTrouble, SharedTrouble, Trouble } from './trouble.ts';

/** What is the matter at a moment: asked by every part of the world whenever it does something. */
export interface Conditions {
  /** The trouble of this kind that everybody has now. */
  readonly shared: (kind: SharedTrouble) => Trouble | undefined;
  /** The trouble of this kind that the agent has now. */
  readonly of: (agent: string, kind: AgentTrouble) => Trouble | undefined;
  readonly all: readonly Trouble[];
  /** A container has to do with an agent, and so gets to know what is the matter with it. */
  readonly meet: (agent: string, container: number) => void;
  /** When containers first met the trouble. */
  readonly meetings: (trouble: Trouble) => readonly number[];
}

export function createConditions(all: readonly Trouble[], now: () => number): Conditions {
  function active(kind: Trouble['kind'], agent: string | undefined): Trouble | undefined {
    const nowMs = now();
    return all.find(
      (one) => one.kind === kind && one.agent === agent && one.fromMs <= nowMs && nowMs < one.toMs,
    );
  }
  const met = new Map<Trouble, Map<number, number>>();

  function meet(agent: string, container: number): void {
    const nowMs = now();
    for (const trouble of all) {
      if (trouble.agent !== agent || trouble.fromMs > nowMs || trouble.toMs <= nowMs) continue;
      const meetings = met.get(trouble) ?? new Map<number, number>();
      met.set(trouble, meetings);
      if (!meetings.has(container)) meetings.set(container, nowMs);
    }
  }

  return {
    all,
    meet,
    meetings: (trouble) => [...(met.get(trouble)?.values() ?? [])],
    shared: (kind) => active(kind, undefined),
    of: (agent, kind) => active(kind, agent),
  };
}
