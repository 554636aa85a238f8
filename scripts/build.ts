import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildCdk } from './build-cdk.ts';
import { buildCli, buildLambdas } from './bundles.ts';

// tsx scripts/build.ts [--out DIR] [cli] [lambdas] [cdk]: all parts unless some are named.
const PARTS = { cli: buildCli, lambdas: buildLambdas, cdk: buildCdk };

const { values, positionals } = parseArgs({
  options: { out: { type: 'string', default: 'dist' } },
  allowPositionals: true,
});
const isPart = (name: string): name is keyof typeof PARTS => Object.hasOwn(PARTS, name);
const parts = positionals.filter(isPart);
if (parts.length < positionals.length) throw new Error(`the parts are ${Object.keys(PARTS).join(', ')}`);
if (positionals.length === 0) {
  parts.push('cli', 'lambdas', 'cdk');
  rmSync(values.out, { recursive: true, force: true });
}

await Promise.all(parts.map((part) => PARTS[part](values.out)));
