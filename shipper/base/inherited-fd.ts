/**
 * The descriptor that a path such as `/dev/fd/3` stands for; undefined for any other path. It is to be written to by its
 * number: a socket that was handed to us cannot be opened again by its path.
 */
export function inheritedFd(path: string): number | undefined {
  const digits = /^\/dev\/fd\/(\d+)$/.exec(path)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
