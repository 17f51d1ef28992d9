import type { AssetId, AssetModel } from '@millwright/events';

/**
 * Parents before children, siblings as their parent lists them. The views come in the order in which the log first named the assets, which is what
 * ranks roots, and children that their parent does not list.
 */
export const inPlantOrder = <View extends { readonly model: AssetModel }>(views: readonly View[]): View[] => {
  const byId = new Map(views.map((view) => [view.model.asset, view]));
  const children = new Map<AssetId, View[]>();
  const roots: View[] = [];
  for (const view of views) {
    const parent = view.model.parent;
    if (parent === undefined || !byId.has(parent)) roots.push(view);
    else children.set(parent, [...(children.get(parent) ?? []), view]);
  }
  const ordered = new Set<View>();
  const visit = (view: View): void => {
    if (ordered.has(view)) return;
    ordered.add(view);
    const rank = new Map(view.model.children.map((id, i) => [id, i]));
    const rankOf = (child: View): number => rank.get(child.model.asset) ?? rank.size;
    for (const child of (children.get(view.model.asset) ?? []).sort((a, b) => rankOf(a) - rankOf(b))) visit(child);
  };
  roots.forEach(visit);
  // Only assets whose parents form a circle are left.
  views.forEach(visit);
  return [...ordered];
};
