import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createPutObject } from '../../shared/parking/s3-object-store.ts';
import { closeServer, listen } from '../helpers/listen.ts';

describe('a put into the bucket', () => {
  it('ends when its signal aborts, although the store is silent', async () => {
    const controller = new AbortController();
    const server = createServer(() => controller.abort());
    onTestFinished(async () => {
      server.closeAllConnections();
      await closeServer(server);
      vi.unstubAllEnvs();
    });
    const port = await listen(server);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${port}`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'id');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'key');
    const put = createPutObject('bucket', 'eu-central-1', {});

    await expect(put('key', 'body', controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
