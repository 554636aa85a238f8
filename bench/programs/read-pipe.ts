import { spawn } from 'node:child_process';

/** The floor of the shipper: starts a command, reads its pipe, counts bytes. */
const [file = '', ...args] = process.argv.slice(2);
let bytes = 0;
const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
child.stdout.on('data', (chunk: Buffer) => {
  bytes += chunk.length;
});
child.on('close', () => process.exit(bytes > 0 ? 0 : 1));
