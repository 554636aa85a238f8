import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOMS = [
  'shared',
  'engine',
  'shipper',
  'lambdas',
  'receivers',
  'local',
  'cli',
  'cdk',
  'faults',
  'simulation',
  'bench',
];
const IMPORT = /(?:^|\n)(?:import|export)\b[^;'"]*?['"](\.[^'"]+)['"]|\bimport\(\s*['"](\.[^'"]+)['"]/g;
/** Files side by side in one folder. */
const MAX_FILES = 20;

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

const FILES = ROOMS.flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(room, name)),
);

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(IMPORT)].map(([, a, b]) => normalize(join(dirname(file), a ?? b ?? '')));
}

function graphOf(nameOf: (file: string) => string): Graph {
  const graph = new Map<string, Set<string>>();
  for (const file of FILES) {
    const from = nameOf(file);
    const targets = graph.get(from) ?? new Set<string>();
    graph.set(from, targets);
    for (const target of importsOf(file)) if (nameOf(target) !== from) targets.add(nameOf(target));
  }
  return graph;
}

/** One circle of the graph as the names on it, undefined if there is none. */
function circleIn(graph: Graph): readonly string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    path.push(name);
    for (const next of graph.get(name) ?? []) {
      const circle = visit(next);
      if (circle !== undefined) return circle;
    }
    path.pop();
    done.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const circle = visit(name);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

describe('the rooms', () => {
  it('are read whole: imports of a known file are found', () => {
    expect(FILES.length).toBeGreaterThan(300);
    expect(importsOf('engine/engine.ts')).toContain('engine/send/agent-sender.ts');
    expect(importsOf('cli/log-drain.ts')).toContain('shipper/main.ts');
  });

  it('have no circle between files', () => {
    expect(circleIn(graphOf((file) => file))).toBeUndefined();
  });

  it('have no circle between folders', () => {
    expect(circleIn(graphOf(dirname))).toBeUndefined();
  });

  it('hold few files side by side', () => {
    const counts = new Map<string, number>();
    for (const file of FILES) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);

    expect([...counts].filter(([, files]) => files > MAX_FILES)).toEqual([]);
  });
});
