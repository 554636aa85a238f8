/** How the runtime nodejs24.x divides a function's memory among V8's spaces, in its script /var/runtime/bootstrap. */
export function lambdaHeapFlags(memoryMb: number): readonly string[] {
  const newSpace = Math.floor(memoryMb / 10);
  return [`--max-semi-space-size=${Math.floor(newSpace / 2)}`, `--max-old-space-size=${memoryMb - newSpace}`];
}
