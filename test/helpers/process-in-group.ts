import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs a program of TypeScript modules, in a process group of its own, to its end; `kill` gets its id when it has said that
 * it is ready. Returns the lines that it wrote after that.
 */
export async function processInGroup(
  program: string,
  kill: (pid: number) => void,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const isFirst = output === '';
    output += chunk.toString();
    if (isFirst && child.pid !== undefined) kill(child.pid);
  });
  await once(child, 'close');
  return output.trim().split('\n').slice(1);
}
