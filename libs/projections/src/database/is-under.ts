import type { AssetId } from '@millwright/events';

/** At or below the path; without a path, always. */
export const isUnder = (asset: AssetId, under: AssetId | undefined): boolean =>
  under === undefined || asset === under || asset.startsWith(`${under}/`);
