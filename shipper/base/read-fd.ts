import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';

/**
 * Reads a pipe or socket by its file descriptor into memory of the caller's, who says before each read where the bytes
 * are to be put, and is told afterwards how many there are. The socket emits `end` or `error` at the end.
 */
export function readFd(fd: number, buffer: () => Buffer, onRead: (bytes: number) => void): Socket {
  const callback = (bytes: number): boolean => {
    onRead(bytes);
    return true;
  };
  const options: SocketConstructorOpts & ConnectOpts = {
    fd,
    readable: true,
    writable: false,
    onread: { buffer, callback },
  };
  return new Socket(options);
}
