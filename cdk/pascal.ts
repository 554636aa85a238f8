/** A destination's id as constructs are named. */
export function pascal(id: string): string {
  return id.charAt(0).toUpperCase() + id.slice(1);
}
