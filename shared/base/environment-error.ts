/** Thrown for an environment variable that cannot be used; the message names it, and no value that may hold a password. */
export class EnvironmentError extends RangeError {
  override readonly name = 'EnvironmentError';
}
