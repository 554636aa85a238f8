import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createBodyBuffer,
  type KeyedRecord,
  putRecordsBody,
} from '../../../../shipper/sender/kinesis/request-body.ts';

const STREAM = { name: 'logs', arn: undefined, region: undefined };

const fresh = (bytes: number): Buffer => Buffer.alloc(bytes);

function parse(body: Buffer): unknown {
  return JSON.parse(body.toString());
}

/** What the body is to say. */
function expected(records: readonly KeyedRecord[]): readonly object[] {
  return records.map(({ data, partitionKey }) => ({
    Data: data.toString('base64'),
    PartitionKey: partitionKey,
  }));
}

describe('the body of a PutRecords call', () => {
  it('names the stream and holds each record with its key', () => {
    const records = [
      { data: Buffer.from('one'), partitionKey: 'CAW_1' },
      { data: Buffer.alloc(0), partitionKey: 'a"b\\é' },
      { data: Buffer.alloc(100_001, 'lines\n'), partitionKey: 'CAW_1' },
    ];

    const body = putRecordsBody(STREAM, records, fresh);

    expect(parse(body)).toEqual({ Records: expected(records), StreamName: 'logs' });
  });

  it('names the ARN where one is known', () => {
    const arn = 'arn:aws:kinesis:eu-central-1:123456789012:stream/logs';

    const body = putRecordsBody({ ...STREAM, arn }, [{ data: Buffer.from('x'), partitionKey: 'w' }], fresh);

    expect(parse(body)).toMatchObject({ StreamName: 'logs', StreamARN: arn });
  });

  it('fills its memory exactly, whatever the records', () => {
    const record = fc.record({
      data: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      partitionKey: fc.string({ maxLength: 20, unit: 'binary' }),
    });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 10 }), (records) => {
        const body = putRecordsBody(STREAM, records, (bytes) => Buffer.alloc(bytes, 0xff));

        expect(parse(body)).toMatchObject({ Records: expected(records) });
      }),
    );
  });
});

describe('the memory of bodies', () => {
  it('is used again when it was given back and is large enough', () => {
    const memory = createBodyBuffer();
    const first = memory.acquire(100);
    memory.release(first);

    const second = memory.acquire(60);
    const third = memory.acquire(60);

    expect(second.buffer).toBe(first.buffer);
    expect(second).toHaveLength(60);
    expect(third.buffer).not.toBe(first.buffer);
  });

  it('is fresh for a body that is larger, and the larger one is kept', () => {
    const memory = createBodyBuffer();
    const small = memory.acquire(10);
    const large = memory.acquire(100);
    memory.release(small);
    memory.release(large);

    expect(memory.acquire(50).buffer).toBe(large.buffer);
  });
});
