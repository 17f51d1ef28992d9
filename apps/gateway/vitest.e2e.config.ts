import { defineConfig, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';

/** The whole over real sockets; after the other specs and one file at a time, since each starts servers and devices of its own. */
const config = mergeConfig(
  shared,
  defineConfig({
    test: {
      name: 'gateway e2e',
      testTimeout: 180_000,
      hookTimeout: 180_000,
      fileParallelism: false,
      sequence: { groupOrder: 2 },
    },
  }),
);

config.test!.include = ['e2e/**/*.e2e.spec.ts'];

export default config;
