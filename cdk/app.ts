import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ConfigError, readAppConfig } from './read-config.ts';
import { createStack } from './stack.ts';

/** Synthesizes the app for the CDK command line, which runs this file in the repository's root. */
function main(): void {
  // Else it would synthesize once more at exit, also after an error.
  const app = new App({ autoSynth: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
  const config = readAppConfig(app.node.tryGetContext('log-drain'), app.node.tryGetContext('destinations'));
  createStack(app, { config, assetRoot: join('dist', 'lambdas') });
  app.synth();
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
