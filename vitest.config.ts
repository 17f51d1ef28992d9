import { defineConfig } from 'vitest/config';

/** `npx vitest` at the root: every project in one process, plus the architecture rules. */
export default defineConfig({
  test: {
    projects: [
      'apps/*',
      'libs/*',
      'libs/connectors/*',
      'simulations/plants/*',
      { test: { name: 'architecture', include: ['architecture.spec.ts'] } },
    ],
  },
});
