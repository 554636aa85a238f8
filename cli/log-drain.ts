#!/usr/bin/env node
import { holdSignals } from '../shipper/agent/signals.ts';
import { ignoredSignals } from '../shipper/launcher/ignored-signals.ts';
import { nodeProblem } from './node-version.ts';

// First of all, and what follows is loaded on demand: `run` is to catch signals and start its agent at once.
const signals = holdSignals(ignoredSignals(process.env));
const [command, ...argv] = process.argv.slice(2);
const tooOld = nodeProblem(process.versions.node);

// What never settles, so that Node ends for want of work, is no success.
process.exitCode = 1;
// Without `await` at the top of the file, which Node 12 does not read.
void (tooOld === undefined ? start() : startOnOldNode(tooOld));

async function start(): Promise<void> {
  const { fileURLToPath } = await import('node:url');
  if (command !== 'run' && command !== 'ship') {
    signals.release();
    const { runCommand } = await import('./main.ts');
    return runCommand(process.argv.slice(2), fileURLToPath(import.meta.url));
  }
  const { startShipper } = await import('../shipper/main.ts');
  const senderPath = fileURLToPath(new URL('./sender.mjs', import.meta.url));
  const end = await startShipper({ command, argv, signals, senderPath });
  if (end.kind === 'ended') {
    const { endProcess } = await import('../shipper/base/end-process.ts');
    return endProcess(end.exitCode);
  }
  const { showHelp, showUsage } = await import('./help.ts');
  if (end.kind === 'help') showHelp(command);
  else showUsage(end.problem, command);
}

/** The agent runs all the same; everything else ends. */
async function startOnOldNode(problem: string): Promise<void> {
  const { runOnOldNode } = await import('../shipper/old-node.ts');
  const { systemClock } = await import('../shared/base/clock.ts');
  // The other clock came with Node 16.
  const clock = { ...systemClock, monotonic: Date.now };
  const isRun = command === 'run';
  process.exit(await runOnOldNode({ problem, isRun, argv, signals, clock, url: import.meta.url }));
}
