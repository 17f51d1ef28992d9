import type { AssetModel, CycleCompleted } from '@millwright/events';

/** What the machine of every asset type knows, as plain JSON data. */
export interface AssetContext {
  /** Why the operating state is what it is, for people. */
  readonly reason: string;
  /** The plant file no longer has the asset: nothing but a new model is folded. */
  readonly retired: boolean;
  /** Parts since the first fact. */
  readonly good: number;
  readonly scrap: number;
  /** Logical time of the last completed part, epoch milliseconds. */
  readonly completedAt?: number;
}

/** What a machine is started with; the totals of the machine before it, when the asset changed its type. */
export interface AssetInput {
  readonly model: AssetModel;
  readonly totals?: Pick<AssetContext, 'good' | 'scrap' | 'completedAt'>;
}

export const initialContext = ({ totals }: AssetInput): AssetContext => ({
  reason: MODEL_REASON,
  retired: false,
  ...(totals ?? { good: 0, scrap: 0 }),
});

interface Parts {
  readonly result: CycleCompleted['result'];
  readonly parts: number;
  readonly at: number;
}

/** The conclusion about completed parts, from the context before they are counted. */
export const cycleCompleted = (context: AssetContext, edge: Parts): CycleCompleted => ({
  result: edge.result,
  parts: edge.parts,
  ...(context.completedAt !== undefined && { cycleTimeMs: (edge.at - context.completedAt) / edge.parts }),
  goodTotal: countParts(context, edge).good,
  scrapTotal: countParts(context, edge).scrap,
});

/** The totals after completed parts. */
export const countParts = (
  context: AssetContext,
  edge: Parts,
): Pick<AssetContext, 'good' | 'scrap' | 'completedAt'> => ({
  good: context.good + (edge.result === 'good' ? edge.parts : 0),
  scrap: context.scrap + (edge.result === 'scrap' ? edge.parts : 0),
  completedAt: edge.at,
});

/** Conclusions that machines emit themselves; changes of the operating state are read off the machine's tags. */
export interface CycleEmitted {
  readonly type: 'CycleCompleted';
  readonly data: CycleCompleted;
}

export const MODEL_REASON = 'model applied';
export const RETIRED_REASON = 'no longer in the plant file';
