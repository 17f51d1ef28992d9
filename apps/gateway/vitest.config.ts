import { defineConfig, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';

/** What runs without a process of its own; e2e/ is a project apart. */
export default mergeConfig(shared, defineConfig({ test: { exclude: ['e2e/**'] } }));
