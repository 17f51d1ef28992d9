/** Own value of a dictionary; a signal may be called `constructor`. */
export const own = <T>(dictionary: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(dictionary, key) ? dictionary[key] : undefined;

/** The dictionary without the keys that are not wanted; the same object when all are. */
export const keepKeys = <T>(
  dictionary: Readonly<Record<string, T>>,
  wanted: (key: string) => boolean,
): Readonly<Record<string, T>> => {
  const entries = Object.entries(dictionary);
  const kept = entries.filter(([key]) => wanted(key));
  return kept.length === entries.length ? dictionary : Object.fromEntries(kept);
};
