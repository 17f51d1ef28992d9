import { vi } from 'vitest';

/** Waits for a condition, on a slow machine too. */
export const until = async (condition: () => unknown): Promise<void> => {
  await vi.waitUntil(condition, { timeout: 30_000, interval: 5 });
};
