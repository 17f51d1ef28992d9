import { afterEach, describe } from 'vitest';
import type { EventStore } from '../event-store.port.js';
import { appendContract } from './append.contract.js';
import type { MakeStore, OpenStore } from './contract-kit.js';
import { modelContract } from './model.contract.js';
import { readContract } from './read.contract.js';
import { subscribeContract } from './subscribe.contract.js';

/** What every log keeps, whatever it is built on. Call it in a spec file of the adapter; it declares the tests. */
export const eventStoreContract = (name: string, makeStore: MakeStore): void => {
  describe(`${name} keeps the contract of EventStore`, () => {
    const opened: EventStore[] = [];
    const open: OpenStore = async ({ now = Date.now, liveEvents = 64 } = {}) => {
      const store = await makeStore({ now, liveEvents });
      opened.push(store);
      return store;
    };
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
    });

    appendContract(open);
    readContract(open);
    subscribeContract(open);
    modelContract(open);
  });
};
