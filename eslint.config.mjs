import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import ts from 'typescript-eslint';

const only = (sourceTag, ...onlyDependOnLibsWithTags) => ({ sourceTag, onlyDependOnLibsWithTags });

export default ts.config(
  { ignores: ['**/dist', '**/.nx', '**/*.config.ts', 'vitest.shared.ts', 'architecture.spec.ts', '*.mjs'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  {
    files: ['scripts/*.mjs', '**/*.fixture.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        URL: 'readonly',
      },
    },
  },
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      // Leaving a property out of a copy names it.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          enforceBuildableLibDependency: true,
          depConstraints: [
            only('type:domain', 'type:domain'),
            only('type:port', 'type:domain', 'type:port'),
            only('type:driver'),
            only('type:adapter', 'type:domain', 'type:port', 'type:driver'),
            only('type:assembly', 'type:domain', 'type:port', 'type:adapter', 'type:assembly'),
            only('type:api', 'type:domain', 'type:port', 'type:api'),
            only('type:app', '*'),
            {
              sourceTag: 'type:domain',
              bannedExternalImports: ['@nestjs/*', 'node-opcua*', 'mqtt', 'modbus-serial', '@eventstore/*'],
            },
          ],
        },
      ],
    },
  },
  // A spec may try its adapter against another one; architecture.spec.ts says which.
  { files: ['**/*.spec.ts', '**/*.fixture.ts'], rules: { '@nx/enforce-module-boundaries': 'off' } },
);
