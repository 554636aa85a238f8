import { type HttpServer, startHttpServer } from '../../../local/aws/server.ts';
import { createFaults } from '../../../receivers/kit/faults.ts';

export interface FakeStack {
  readonly name: string;
  readonly status?: string;
  readonly outputs: Readonly<Record<string, string>>;
}

const XML = { 'content-type': 'text/xml' };

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function describeStacks({ name, status = 'UPDATE_COMPLETE', outputs }: FakeStack): string {
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${key}</OutputKey><OutputValue>${escaped(value)}</OutputValue></member>`,
  );
  return (
    '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>' +
    `<StackName>${name}</StackName><StackStatus>${status}</StackStatus>` +
    `<StackId>arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/1</StackId>` +
    `<Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
  );
}

/** CloudFormation's DescribeStacks for the real SDK, of one stack. */
export async function startFakeCloudFormation(stack: FakeStack): Promise<HttpServer> {
  return startHttpServer({
    faults: createFaults(),
    errorBody: (status) => ({ status, headers: XML, body: '' }),
    handle: async ({ body }) => {
      const form = new URLSearchParams(body.toString());
      if (form.get('StackName') === stack.name) {
        return { status: 200, headers: XML, body: describeStacks(stack) };
      }
      const message = `Stack with id ${form.get('StackName') ?? ''} does not exist`;
      const error = `<Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message>`;
      return { status: 400, headers: XML, body: `<ErrorResponse><Error>${error}</Error></ErrorResponse>` };
    },
  });
}
