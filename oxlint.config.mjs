import { OVERRIDES } from './scripts/import-rules.mjs';

export default {
  plugins: ['typescript', 'import', 'node', 'unicorn', 'promise', 'vitest', 'oxc'],
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  ignorePatterns: ['node_modules', 'dist', 'test/fixtures', 'coverage', 'out', 'cdk.out'],
  categories: { correctness: 'error', suspicious: 'error' },
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/return-await': ['error', 'in-try-catch'],
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'node/no-process-env': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
    'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    complexity: ['error', 12],
    'max-params': ['error', 3],
    'no-await-in-loop': 'off',
    'import/no-named-as-default-member': 'off',
    'vitest/no-conditional-expect': 'off',
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    'typescript/require-array-sort-compare': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-sort': 'off',
  },
  overrides: [
    {
      files: ['*.config.ts', '*.config.mjs', 'test/helpers/*-reporter.ts'],
      rules: { 'import/no-default-export': 'off' },
    },
    {
      files: ['test/**', 'faults/**', 'bench/**', 'scripts/**'],
      rules: {
        'max-lines-per-function': 'off',
        'max-lines': 'off',
        'node/no-process-env': 'off',
        complexity: 'off',
      },
    },
    {
      files: ['test/cdk/**'],
      rules: {
        'vitest/expect-expect': [
          'error',
          {
            assertFunctionNames: [
              'expect',
              '**.hasResourceProperties',
              '**.allResourcesProperties',
              '**.resourceCountIs',
            ],
          },
        ],
      },
    },
    {
      files: [
        'shared/settings/environment.ts',
        'shared/proxy/proxy-for.ts',
        'shipper/{main,old-node}.ts',
        'cli/log-drain.ts',
        'cdk/app.ts',
      ],
      rules: { 'node/no-process-env': 'off' },
    },
    { files: ['cdk/**'], rules: { 'no-new': 'off' } },
    ...OVERRIDES,
  ],
};
