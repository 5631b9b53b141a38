import js from '@eslint/js';
import ts from 'typescript-eslint';

const TESTS = ['**/*.test.ts', '**/test/**'];

export default ts.config(
  { ignores: ['**/dist/', '**/node_modules/', '.sluice/', '.nx/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', 'apps/dashboard/src/**/*.tsx'],
    extends: [ts.configs.recommended],
    // One program for everything, tests included: the one that `npm run check` has just looked at. And the dashboard's own: it runs in browsers.
    languageOptions: { parserOptions: { project: ['tsconfig.test.json', 'apps/dashboard/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      'prefer-const': ['error', { ignoreReadBeforeAssign: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, allowDefaultCaseForExhaustiveSwitch: true },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration, Decorator', message: 'House style: no enums, no decorators.' },
      ],
    },
  },
  {
    files: ['{apps,libs}/*/src/**/*.{ts,tsx}', '{tools,bench}/src/**/*.ts'],
    ignores: TESTS,
    rules: {
      'max-lines': ['error', 300],
      // Signs of two ideas in one place, for a person to judge.
      'max-lines-per-function': ['warn', { max: 60, skipComments: true }],
      'max-params': ['warn', 3],
    },
  },
  {
    // A migration is one list of statements, read from top to bottom.
    files: ['libs/store/src/migrations/*.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['{apps,libs}/*/src/**/*.ts'],
    ignores: TESTS,
    rules: { 'no-console': 'error' },
  },
  {
    // Read once, where a program begins.
    files: ['{apps,libs}/*/src/**/*.ts'],
    ignores: [...TESTS, '**/config.ts', '**/main.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read the environment in config.ts or main.ts.' },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', TextEncoder: 'readonly', setInterval: 'readonly', clearInterval: 'readonly' },
    },
  },
);
