import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps, type Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { readAppConfig } from '../../cdk/read-config.ts';
import { createStack } from '../../cdk/stack.ts';
import { MANIFESTS } from '../../lambdas/registry.ts';

const cdkJson = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')));

/** A folder of tiny stand-ins for the built functions; `remove` it after the tests. */
export function standInAssets(): { readonly root: string; readonly remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'log-drain-assets-'));
  for (const id of [...MANIFESTS.map((manifest) => manifest.id), 'redrive']) {
    mkdirSync(join(root, id));
    writeFileSync(join(root, id, 'index.mjs'), 'export const handler = async () => ({});\n');
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** An app with the repository's feature flags. */
export function testApp(outdir: string, props: AppProps = {}): App {
  return new App({ outdir, context: cdkJson.context, analyticsReporting: false, ...props });
}

const RESOURCE = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
});
export type Resource = z.infer<typeof RESOURCE>;

export interface Synthesized {
  readonly app: App;
  readonly stack: Stack;
  /** What is said at synth. */
  readonly warnings: readonly string[];
  readonly template: Template;
  /** By logical id. */
  readonly resources: Readonly<Record<string, Resource>>;
  /** Those of a type, by logical id. */
  readonly ofType: (type: string) => Readonly<Record<string, Resource>>;
}

/** Synthesizes the repository's own stack from what stands under the context key `log-drain`. */
export function synthesize(assetRoot: string, context: Readonly<Record<string, unknown>>): Synthesized {
  const app = testApp(join(assetRoot, 'cdk.out'));
  const stack = createStack(app, { config: readAppConfig(context), assetRoot });
  const warnings = stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === 'aws:cdk:warning')
    .map(({ data }) => z.string().parse(data));
  // What is said is asserted where it matters, not repeated in the output of each test.
  Validations.of(stack).acknowledge({ id: 'agent-log-drain:shared-fan-out', reason: 'asserted by a test' });
  const template = Template.fromStack(stack);
  const resources = z
    .object({ Resources: z.record(z.string(), RESOURCE) })
    .parse(template.toJSON()).Resources;
  const ofType = (type: string) =>
    Object.fromEntries(Object.entries(resources).filter(([, it]) => it.Type === type));
  return { app, stack, warnings, template, resources, ofType };
}
