import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partsOf } from './parts.ts';

/** The destination that is added, and the one that it is copied from. */
const ID = 'otlp-http';
const NAME = 'otlpHttp';
const MODEL = 'newrelic';
const PATIENCE_MS = 600_000;
const LEFT_BEHIND = ['node_modules', 'dist', 'coverage', 'out', 'cdk.out', '.git', '.ci'];

const CHECKS_ALONE = `export default { test: { include: ['test/**/*.test.ts'], isolate: false } };\n`;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'seventh-'));
  const entries = (await readdir('.')).filter((name) => !LEFT_BEHIND.includes(name));
  await Promise.all(entries.map((name) => cp(name, join(root, name), { recursive: true })));
  await symlink(resolve('node_modules'), join(root, 'node_modules'));
  // The checks need no built programs, and a function whose folder is not complete can't be built.
  await writeFile(join(root, 'vitest.config.ts'), CHECKS_ALONE);
  await register();
}, PATIENCE_MS);
afterAll(() => rm(root, { recursive: true, force: true }));

/** The model's text, as the new destination would have it: its id in paths and strings, its name in code. */
function renamed(text: string): string {
  return text.replaceAll(/(?<=['"`/])newrelic(?=['"`/])/g, ID).replaceAll(/\bnewrelic\b(?!\.com)/g, NAME);
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(join(root, path), 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`nothing to change in ${path}`);
  await writeFile(join(root, path), changed);
}

/** Copies a file or a folder of the model to where the new destination has it. */
async function add(path: string): Promise<void> {
  const from = path.replaceAll(ID, MODEL);
  await mkdir(dirname(join(root, path)), { recursive: true });
  await cp(join(root, from), join(root, path), { recursive: true });
  if (path.endsWith('.ts') || path.endsWith('.md')) await edit(path, renamedFrom(path));
}

/** A file that does not name the model stays as it is. */
function renamedFrom(path: string): (text: string) => string {
  return (text) => {
    const changed = renamed(text);
    return changed === text ? `${text}${path.endsWith('.md') ? '\n' : '// \n'}` : changed;
  };
}

/** The one line that is asked for by nothing. */
async function register(): Promise<void> {
  await add(`lambdas/${ID}/manifest.ts`);
  await edit(`lambdas/${ID}/manifest.ts`, (text) => text.replace('New Relic', 'OTLP'));
  await edit('lambdas/registry.ts', (text) =>
    text
      .replace(
        'import { MANIFEST as sentry }',
        `import { MANIFEST as ${NAME} } from './${ID}/manifest.ts';\nimport { MANIFEST as sentry }`,
      )
      .replace(', syslog] as const', `, syslog, ${NAME}] as const`),
  );
}

interface Reported {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly failureMessages: readonly string[] }[];
  }[];
}

/** What the checks say that fail, the first line of each. */
async function complaints(): Promise<readonly string[]> {
  const files = ['test/registry/registry.test.ts', 'test/docs/pages.test.ts', 'test/cdk/cost.test.ts'];
  const args = [
    'run',
    ...files,
    '-t',
    `${ID}|registry|receivers`,
    '--reporter=json',
    '--outputFile=report.json',
  ];
  const run = promisify(execFile)(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], {
    cwd: root,
  });
  await run.catch(() => undefined);
  const { testResults } = JSON.parse(await readFile(join(root, 'report.json'), 'utf8')) as Reported;
  return testResults.flatMap(({ message, assertionResults }) => [
    ...(message === '' ? [] : [message]),
    ...assertionResults.flatMap(({ failureMessages }) =>
      failureMessages.map((text) => text.split('\n')[0] ?? ''),
    ),
  ]);
}

const row = (line: string) => (text: string) => text.replace(/^(\|.*`syslog`.*)$/m, `$1\n${line}`);

/** What is to do beside the registry's line: how the checks name it, and how it is done. */
const STEPS: readonly { readonly named: string; readonly act: () => Promise<void> }[] = [
  ...partsOf(ID)
    .map(({ path }) => path)
    .filter((path) => !path.endsWith('manifest.ts'))
    .map((path) => ({
      named: path,
      act: async () => {
        await add(path);
        if (path === `receivers/${ID}/receiver.ts`) await add(`receivers/${ID}/answers.ts`);
      },
    })),
  {
    named: 'receivers/receivers.ts',
    act: () =>
      edit('receivers/receivers.ts', (text) =>
        text
          .replace(
            'import { RECEIVER as sentry }',
            `import { RECEIVER as ${NAME} } from './${ID}/receiver.ts';\n$&`,
          )
          .replace('  syslog,\n', `  syslog,\n  '${ID}': ${NAME},\n`),
      ),
  },
  {
    named: 'README.md, "Destinations"',
    act: () =>
      edit('README.md', row(`| [OTLP](lambdas/${ID}/README.md) | \`${ID}\` | \`NEW_RELIC_LICENSE_KEY\` |`)),
  },
  {
    named: 'docs/deploy.md',
    act: () =>
      edit('docs/deploy.md', (text) =>
        text.replace('`splunk`, `syslog` have', `\`splunk\`, \`syslog\`, \`${ID}\` have`),
      ),
  },
  {
    named: 'docs/costs.md',
    act: () => edit('docs/costs.md', row(`| \`${ID}\` | not measured |  |`)),
  },
];

describe('a seventh destination with nothing but its line in the registry', () => {
  it(
    'is asked for each further part by a check that names it, and for none when all are there',
    async () => {
      let last = await complaints();
      const first = STEPS.filter(({ named }) => !last.some((text) => text.includes(named)));
      expect(
        first.map(({ named }) => named),
        'named by no check at the beginning',
      ).toEqual([]);
      for (const { named, act } of STEPS) {
        expect(last.join('\n')).toContain(named);
        await act();
        last = await complaints();
        expect(last.filter((text) => text.startsWith(`AssertionError: ${named}`))).toEqual([]);
      }
      expect(last).toEqual([]);
    },
    PATIENCE_MS,
  );
});
