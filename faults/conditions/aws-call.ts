import { strict as assert } from 'node:assert';

/** Calls an operation of a stand-in that speaks AWS JSON 1.1; throws unless it is answered with 200. */
export async function awsCall(endpoint: string, target: string, input: object): Promise<void> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify(input),
  });
  assert.equal(response.status, 200, target);
}
