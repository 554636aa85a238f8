/** Node 20 has no `transfer`; there, memory is left to the garbage collector. The functions run on later versions. */
type Transferable = ArrayBufferLike & { readonly transfer?: (newLength: number) => ArrayBuffer };

/**
 * Gives a buffer's memory back now, not at the next garbage collection, which takes little account of memory outside of
 * V8's heap. The buffer is empty afterwards. Small buffers are left alone, since they may share their memory with others
 * (nodejs.org/api/buffer.html#class-property-bufferpoolsize). Do not call it while native code may still read the buffer.
 */
export function free({ buffer }: Uint8Array | Uint32Array): void {
  if (buffer.byteLength > Buffer.poolSize) (buffer as Transferable).transfer?.(0);
}

/** Smaller buffers are left to the garbage collector: V8 checks all buffers more often once one was detached. */
const LARGE_BYTES = 4 * 1024 * 1024;

/** Frees a buffer at once if it is large enough to matter. */
export function freeIfLarge(bytes: Uint8Array | Uint32Array): void {
  if (bytes.buffer.byteLength >= LARGE_BYTES) free(bytes);
}
