import { defineConfig } from 'vitest/config';

/** Specs run from source: no build is needed first. */
export default defineConfig({
  resolve: { conditions: ['@millwright/source'] },
  ssr: { resolve: { conditions: ['@millwright/source', 'module', 'node', 'development|production'] } },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    environment: 'node',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    include: ['**/*.spec.ts'],
    exclude: ['**/dist/**', '**/node_modules/**'],
  },
});
