import { afterEach, describe } from 'vitest';
import type { EventStore } from '../event-store.port.js';
import { appendContract } from './append.contract.js';
import type { Abilities, MakeStore, OpenStore } from './contract-kit.js';
import { modelContract } from './model.contract.js';
import { readContract } from './read.contract.js';
import { removeContract } from './remove.contract.js';
import { retentionContract } from './retention.contract.js';
import { scavengeContract } from './scavenge.contract.js';
import { subscribeContract } from './subscribe.contract.js';
import { systemContract } from './system.contract.js';

/**
 * What every log keeps, whatever it is built on. Call it in a spec file of the adapter; it declares the tests. A target that cannot do
 * everything says so in `abilities`, and the title says it too.
 */
export const eventStoreContract = (name: string, makeStore: MakeStore, abilities: Partial<Abilities> = {}): void => {
  const able: Abilities = { clock: true, scavenge: 'whole', ...abilities };
  describe(`${name} keeps the contract of EventStore${without(able)}`, () => {
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
    readContract(open, able);
    subscribeContract(open);
    systemContract(open);
    removeContract(open);
    retentionContract(open, able);
    scavengeContract(open, able);
    modelContract(open, able);
  });
};

const without = ({ clock, scavenge }: Abilities): string => {
  const lacks = [
    ...(clock ? [] : ['events that grow old by a clock of the tests']),
    ...(scavenge === 'whole' ? [] : ['a scavenge that removes all at once']),
  ];
  return lacks.length > 0 ? `, without ${lacks.join(' and ')}` : '';
};
