/** The `aws-chunked` content encoding (S3 user guide, "Signature Version 4 streaming uploads"). */
const CR_LF = '\r\n';

/** The payload; undefined if the body is not whole and well-formed. Signatures and trailers are not checked. */
export function decodeAwsChunked(body: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf(CR_LF, at);
    if (lineEnd === -1) return undefined;
    const size = /^([0-9a-f]{1,8})(;.*)?$/i.exec(body.toString('latin1', at, lineEnd))?.[1];
    if (size === undefined) return undefined;
    const length = Number.parseInt(size, 16);
    if (length === 0) return Buffer.concat(chunks);
    const start = lineEnd + CR_LF.length;
    const end = start + length;
    if (body.toString('latin1', end, end + CR_LF.length) !== CR_LF) return undefined;
    chunks.push(body.subarray(start, end));
    at = end + CR_LF.length;
  }
}
