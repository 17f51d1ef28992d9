/** Edit distance with transpositions (optimal string alignment). */
const distance = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
};

/** Case, hyphens and underscores are the usual slips: they cost nothing. */
const plain = (text: string): string => text.toLowerCase().replace(/[-_ ]/g, '');

/** The name that was probably meant: at most a third of its letters differ, or one begins with the other. */
export const nearest = (written: string, names: readonly string[]): string | undefined => {
  if (written.length > 100) return undefined;
  const target = plain(written);
  let best: { name: string; by: number } | undefined;
  for (const name of names) {
    const by = distance(target, plain(name));
    if (by <= Math.max(target.length, name.length) / 3 && (best === undefined || by < best.by)) best = { name, by };
  }
  return best?.name ?? names.find((name) => target.length >= 3 && name.length >= 3 && sharesStart(target, plain(name)));
};

const sharesStart = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);
