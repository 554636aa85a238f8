import { Command, InvalidArgumentError } from 'commander';
import { DESTINATION_IDS } from '../cdk/config.ts';
import { isConfirmed, PRICES, type Price } from '../cdk/prices.ts';
import { ConfigError, readDrainConfig } from '../cdk/read-config.ts';
import type { DestinationId } from '../lambdas/registry.ts';
import { MEASURED } from './cost/measured.ts';
import {
  type CostParts,
  DEFAULT_VARIANT,
  type Estimate,
  estimate,
  type Load,
  partsOf,
  VARIANTS,
} from './cost/model.ts';

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function list(text: string): readonly DestinationId[] {
  const ids = text === 'all' ? [...DESTINATION_IDS] : text.split(',').map((id) => id.trim());
  try {
    return readDrainConfig({ destinations: ids }).destinations;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new InvalidArgumentError(`It must be all, or a list of ${DESTINATION_IDS.join(', ')}.`);
  }
}

interface Options extends Load {
  readonly json?: boolean;
}

const dollars = (usd: number) => usd.toFixed(2);

function table(estimates: readonly Estimate[]): string {
  const names = estimates[0]?.items.map(({ name }) => name) ?? [];
  const rows = [
    ['', ...estimates.map(({ variant }) => variant.records)],
    ['', ...estimates.map(({ variant }) => variant.fanOut)],
    ['', ...estimates.map(({ variant }) => variant.mode)],
    ['shards', ...estimates.map(({ shards }) => (shards === 0 ? '-' : String(shards)))],
    ['million records', ...estimates.map(({ recordsPerMonth }) => (recordsPerMonth / 1e6).toFixed(2))],
    ...names.map((name, index) => [
      name,
      ...estimates.map(({ items }) => dollars(items[index]?.usdPerMonth ?? 0)),
    ]),
    ['US$ a month', ...estimates.map(({ usdPerMonth }) => dollars(usdPerMonth))],
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

function wordsOf({ atRest, awake, per100Gb, breakEvenGb }: CostParts): string {
  const gb = Math.round(breakEvenGb);
  const whole = `At rest US$ ${dollars(atRest)}, invoked around the clock ${dollars(awake)} more, and for each 100 GB of text ${dollars(per100Gb)}`;
  return Number.isFinite(gb)
    ? `${whole}: below CloudWatch Logs' price for taking lines in from ${gb} GB a month on.`
    : `${whole}: never below CloudWatch Logs' price for taking lines in.`;
}

function footnote(destinations: readonly DestinationId[]): string {
  const prices: readonly Price[] = Object.values(PRICES).flatMap((group) => Object.values<Price>(group));
  const doubtful = prices.filter((price) => !isConfirmed(price)).length;
  const guessed = destinations.filter((id) => MEASURED[id] === undefined);
  return [
    ...guessed.map(
      (id) => `${id}: not measured; counted as the costliest that was (scripts/cost/measured.ts).`,
    ),
    `List prices of us-east-1 without free tiers; ${doubtful} of ${prices.length} could not be confirmed by a recent page (cdk/prices.ts).`,
    'What the services charge for the lines themselves is not in it. Assumptions: docs/costs.md.',
  ].join('\n');
}

const program = new Command('cost')
  .description('Estimates what a drain costs in a month, run in different ways.')
  .requiredOption('--gb-per-day <n>', 'text that all agents print in a day, in GB', positive)
  .requiredOption('--agents <n>', 'agent processes', positive)
  .requiredOption('--destinations <ids>', 'destinations, separated by commas, or all', list)
  .option('--line-bytes <n>', 'average length of a line', positive, 200)
  .option('--compression <n>', 'how many times smaller the shipper makes lines', positive, 5)
  .option('--peak <n>', 'busiest hour against the average', positive, 3)
  .option('--retention-hours <n>', 'how long the stream keeps records', positive, 24)
  .option('--json', 'print JSON')
  .addHelpText(
    'after',
    '\nExample:\n  npm run cost -- --gb-per-day 5 --agents 20 --destinations datadog,cloudwatch',
  )
  .parse();

const { json, ...load } = program.opts<Options>();
const estimates = VARIANTS.map((variant) => estimate(load, variant));
const parts = partsOf(load, DEFAULT_VARIANT);
process.stdout.write(
  json === true
    ? `${JSON.stringify({ load, estimates, parts }, null, 2)}\n`
    : `${table(estimates)}\n\n${wordsOf(parts)}\n\n${footnote(load.destinations)}\n`,
);
