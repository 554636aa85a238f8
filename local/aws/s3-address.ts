/** Which bucket and key a request means: by path, or by virtual host. */
export interface S3Address {
  readonly bucket: string;
  /** Empty for requests to the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
}

/** `bucket.localhost:PORT`, `bucket.s3.us-east-1.amazonaws.com`, … */
const VIRTUAL_HOST = /^(.+?)\.(?:s3[.-].*|localhost)(?::\d+)?$/;

/** `url` is the request's path and query; undefined if its percent-encoding is broken. */
export function s3Address(host: string, url: string): S3Address | undefined {
  const [path = '', search = ''] = url.split('?', 2);
  const query = new URLSearchParams(search);
  const rest = decodePath(path.slice(1));
  if (rest === undefined) return undefined;
  const bucket = VIRTUAL_HOST.exec(host)?.[1];
  if (bucket !== undefined) return { bucket, key: rest, query };
  const slash = rest.indexOf('/');
  if (slash === -1) return { bucket: rest, key: '', query };
  return { bucket: rest.slice(0, slash), key: rest.slice(slash + 1), query };
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
