import type { Level } from './levels.ts';
export function levelOf(b: Uint8Array, s: number, e: number): Level | undefined { return Buffer.from(b.subarray(s, e)).toString().startsWith('ERROR') ? 'error' : undefined; }
