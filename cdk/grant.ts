import { Stack, Validations } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';

export interface Grant extends Pick<PolicyStatementProps, 'conditions'> {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Why it is needed, and why no narrower resource can be named: a wildcard without a reason is a finding. */
  readonly why: string;
}

/** A resolved ARN as cdk-nag writes it in the ids of its findings (github.com/cdklabs/cdk-nag, flatten-cfn-reference). */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Readonly<Record<string, unknown>>;
  if (Array.isArray(join)) return (join[1] as readonly unknown[]).map(flatten).join(String(join[0]));
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
  return `<${String(Ref)}>`;
}

/** Adds one statement to a role, and the reason for each wildcard in it. */
export function grant(role: IRole, { actions, resources, why, conditions }: Grant): void {
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [...resources],
      ...(conditions === undefined ? {} : { conditions }),
    }),
  );
  const stack = Stack.of(role);
  const wide = resources
    .map((resource) => flatten(stack.resolve(resource)))
    .filter((arn) => arn.includes('*'));
  Validations.of(role).acknowledge(
    ...wide.map((arn) => ({ id: `AwsSolutions-IAM5[Resource::${arn}]`, reason: why })),
  );
}
