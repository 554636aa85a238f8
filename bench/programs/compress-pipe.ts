import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createCompressor } from '../../shared/record/compressor.ts';

/** The second floor of the shipper: compresses what it reads, in blocks of 1 MiB, and writes how much is left. */
const BLOCK_BYTES = 1024 * 1024;
const MAX_PENDING = 4;

const [result = '', file = '', ...args] = process.argv.slice(2);
const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
let chunks: Buffer[] = [];
let length = 0;
let compressed = 0;
let pending = 0;
const idle = Array.from({ length: MAX_PENDING }, createCompressor);

async function compress(): Promise<void> {
  const block = Buffer.concat(chunks);
  chunks = [];
  length = 0;
  pending += 1;
  if (pending >= MAX_PENDING) child.stdout.pause();
  const compressor = idle.pop() ?? createCompressor();
  const { length: bytes } = await compressor(block);
  idle.push(compressor);
  compressed += bytes;
  pending -= 1;
  child.stdout.resume();
}

child.stdout.on('data', (chunk: Buffer) => {
  chunks.push(chunk);
  length += chunk.length;
  if (length >= BLOCK_BYTES) void compress();
});
child.on('close', () => {
  if (length > 0) void compress();
});
process.on('exit', () => writeFileSync(result, String(compressed)));
