import { spawn } from 'node:child_process';

/** The floor of the agent's start: a Node program that does nothing before. */
const [file = '', ...args] = process.argv.slice(2);
spawn(file, args, { stdio: 'inherit' }).on('exit', (code) => process.exit(code ?? 1));
