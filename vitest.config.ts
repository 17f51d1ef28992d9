import { defineConfig } from 'vitest/config';
import shared from './vitest.shared.ts';

const { resolve = {}, ssr = {} } = shared;

/** `npx vitest` at the root: every project in one process, plus the architecture rules. */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/count-reporter.ts'],
    maxWorkers: 2,
    projects: [
      'apps/server',
      'apps/gateway',
      'apps/playground',
      'apps/cli',
      'apps/bench',
      'apps/server/vitest.e2e.config.ts',
      'apps/gateway/vitest.e2e.config.ts',
      'libs/*/vitest.config.ts',
      'libs/connectors/*/vitest.config.ts',
      'simulations/plants/*/vitest.config.ts',
      { test: { name: 'architecture', include: ['architecture.spec.ts'] } },
      { resolve, ssr, test: { name: 'deployment', include: ['deployment.spec.ts'] } },
    ],
  },
});
