import { strict as assert } from 'node:assert';
import type { Kinesis } from '../../local/kinesis/kinesis.ts';

/** Puts a record's bytes into the stream as they are, as any producer could. */
export async function putRecord(
  { endpoint, streamName }: Kinesis,
  data: Buffer,
  partitionKey = 'foreign',
): Promise<void> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Kinesis_20131202.PutRecord',
    },
    body: JSON.stringify({
      StreamName: streamName,
      PartitionKey: partitionKey,
      Data: data.toString('base64'),
    }),
  });
  assert.equal(answer.status, 200, await answer.text());
}
