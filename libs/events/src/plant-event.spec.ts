import { describe, expect, it } from 'vitest';
import { isConclusionType, isFactType } from './index.js';

describe('event types', () => {
  it('are facts or conclusions, never both', () => {
    for (const type of ['SamplesRecorded', 'ModelApplied', 'AssetRetired', 'TimeAdvanced', 'AlarmAcknowledged']) {
      expect([isFactType(type), isConclusionType(type)]).toEqual([true, false]);
    }
    for (const type of ['OperatingStateChanged', 'CycleCompleted', 'AlarmStateChanged']) {
      expect([isFactType(type), isConclusionType(type)]).toEqual([false, true]);
    }
  });
  it('of other streams are neither', () => {
    expect([isFactType('SnapshotTaken'), isConclusionType('constructor')]).toEqual([false, false]);
  });
});
