/** Node 20 has no `transfer`, and no function of ours. */
type Transferable = ArrayBufferLike & { readonly transfer?: (newLength: number) => ArrayBuffer };

/**
 * Gives a buffer's memory back now instead of when garbage is next collected, which knows little of memory outside
 * of its heap. Whoever reads it after this finds it empty. Buffers that may share their memory with others are small
 * (nodejs.org/api/buffer.html#class-property-bufferpoolsize) and left alone; so is what native code may still read.
 */
export function free({ buffer }: Uint8Array | Uint32Array): void {
  if (buffer.byteLength > Buffer.poolSize) (buffer as Transferable).transfer?.(0);
}

/** Below this it is left to the garbage collector: V8 checks all buffers more often once one has been taken apart. */
const LARGE_BYTES = 4 * 1024 * 1024;

/** For what nobody reads any more while more of its kind is made. */
export function freeIfLarge(bytes: Uint8Array | Uint32Array): void {
  if (bytes.buffer.byteLength >= LARGE_BYTES) free(bytes);
}
