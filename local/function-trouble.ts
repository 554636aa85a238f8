import type { DestinationId } from '../lambdas/registry.ts';

/** Functions log structured lines; each kind of trouble is told once. */
export function tellFunctionTrouble(say: (text: string) => void): (id: DestinationId, line: string) => void {
  const told = new Set<string>();
  return (id, line) => {
    const words = troubleIn(line);
    if (words === undefined || told.has(`${id} ${words}`)) return;
    told.add(`${id} ${words}`);
    say(`[${id}] ${words}`);
  };
}

function troubleIn(line: string): string | undefined {
  try {
    const { level, message, reason } = JSON.parse(line) as Record<string, unknown>;
    if (level !== 'WARN' && level !== 'ERROR') return undefined;
    return [message, reason].filter((word) => typeof word === 'string').join(': ');
  } catch {
    return undefined;
  }
}
