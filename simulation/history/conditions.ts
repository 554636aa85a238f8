import type { AgentTrouble, SharedTrouble, Trouble } from './trouble.ts';

/** What is the matter at a moment: asked by every part of the world whenever it does something. */
export interface Conditions {
  /** The trouble of this kind that everybody has now. */
  readonly shared: (kind: SharedTrouble) => Trouble | undefined;
  /** The trouble of this kind that the agent has now. */
  readonly of: (agent: string, kind: AgentTrouble) => Trouble | undefined;
  readonly all: readonly Trouble[];
}

export function createConditions(all: readonly Trouble[], now: () => number): Conditions {
  function active(kind: Trouble['kind'], agent: string | undefined): Trouble | undefined {
    const nowMs = now();
    return all.find(
      (one) => one.kind === kind && one.agent === agent && one.fromMs <= nowMs && nowMs < one.toMs,
    );
  }
  return {
    all,
    shared: (kind) => active(kind, undefined),
    of: (agent, kind) => active(kind, agent),
  };
}
