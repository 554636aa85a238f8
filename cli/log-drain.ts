#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { holdSignals } from '../shipper/agent/signals.ts';
import { endProcess } from '../shipper/base/end-process.ts';
import { ignoredSignals } from '../shipper/launcher/start.ts';

// First of all, and what follows is loaded on demand: `run` is to catch signals and start its agent at once.
const signals = holdSignals(ignoredSignals(process.env));

const [command, ...argv] = process.argv.slice(2);
if (command === 'run' || command === 'ship') {
  const { startShipper } = await import('../shipper/main.ts');
  const senderPath = fileURLToPath(new URL('./sender.mjs', import.meta.url));
  const end = await startShipper({ command, argv, signals, senderPath });
  if (end.kind === 'ended') endProcess(end.exitCode);
  const { showHelp, showUsage } = await import('./help.ts');
  if (end.kind === 'help') showHelp(command);
  else showUsage(end.problem, command);
} else {
  signals.release();
  const { runCommand } = await import('./main.ts');
  await runCommand(process.argv.slice(2), fileURLToPath(import.meta.url));
}
