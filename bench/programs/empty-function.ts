/** The floor of the cold start: nothing to load, nothing to do. */
export async function handler(): Promise<{ batchItemFailures: readonly unknown[] }> {
  return { batchItemFailures: [] };
}
