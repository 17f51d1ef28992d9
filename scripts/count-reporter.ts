import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with `N passed, N failed`, so that any reader of the output can tell how it went; a file that cannot be loaded counts as failed. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    let skipped = 0;
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      passed += tests.filter((t) => t.result().state === 'passed').length;
      failed += tests.filter((t) => t.result().state === 'failed').length;
      skipped += tests.filter((t) => t.result().state === 'skipped').length;
      if (module.errors().length > 0) failed += 1;
    }
    // The default reporter writes its summary in the same hook.
    setImmediate(() => console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`));
  }
}
