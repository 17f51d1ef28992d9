import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { EventStore } from '../event-store.port.js';
import { appendContract } from './append.contract.js';
import { atOnceContract } from './at-once.contract.js';
import { TIMEOUT, type Abilities, type ContractSettings, type MakeStore, type Target } from './contract-kit.js';
import { modelContract } from './model.contract.js';
import { readContract } from './read.contract.js';
import { removeContract } from './remove.contract.js';
import { reopenContract } from './reopen.contract.js';
import { retentionContract } from './retention.contract.js';
import { scavengeContract } from './scavenge.contract.js';
import { subscribeContract } from './subscribe.contract.js';
import { systemContract } from './system.contract.js';

/**
 * What every log keeps, whatever it is built on. Call it in a spec file of the adapter; it declares the tests. A target that cannot do
 * everything says so in `abilities`, and the title says it too.
 */
export const eventStoreContract = (name: string, makeStore: MakeStore, abilities: Partial<Abilities> = {}): void => {
  const can: Abilities = { clock: true, scavenge: 'whole', ...abilities };
  describe(`${name} keeps the contract of EventStore${without(can)}`, { timeout: TIMEOUT }, () => {
    const opened = new Map<EventStore, ContractSettings>();
    const make = async (given: Partial<ContractSettings> = {}): Promise<[EventStore, ContractSettings]> => {
      const settings = { now: Date.now, liveEvents: 64, ...given };
      return [await makeStore(settings), settings];
    };
    const open: Target['open'] = async (given) => {
      const [store, settings] = await make(given);
      opened.set(store, settings);
      return store;
    };
    const { reopen } = can;
    const again =
      reopen &&
      (async (store: EventStore): Promise<EventStore> => {
        const settings = opened.get(store)!;
        opened.delete(store);
        const next = await reopen(store, settings);
        opened.set(next, settings);
        return next;
      });
    afterEach(async () => {
      const stores = [...opened.keys()];
      opened.clear();
      await Promise.all(stores.map((store) => store.close()));
    }, TIMEOUT);
    const share: Target['share'] = () => {
      let store: EventStore | undefined;
      beforeAll(async () => {
        [store] = await make();
      }, TIMEOUT);
      afterAll(() => store?.close(), TIMEOUT);
      return () => store!;
    };

    const target: Target = { open, share, reopen: again, can };
    appendContract(target);
    readContract(target);
    subscribeContract(target);
    systemContract(target);
    removeContract(target);
    retentionContract(target);
    scavengeContract(target);
    reopenContract(target);
    modelContract(target);
    atOnceContract(target);
  });
};

const without = ({ clock, scavenge, reopen }: Abilities): string => {
  const lacks = [
    ...(clock ? [] : ['events that grow old by a clock of the tests']),
    ...(scavenge === 'whole' ? [] : ['a scavenge that removes all at once']),
    ...(reopen ? [] : ['a log that is opened again']),
  ];
  return lacks.length > 0 ? `, without ${lacks.join(', ')}` : '';
};
