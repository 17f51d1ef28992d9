import { SLUG } from '@millwright/events';
import type { Cursor } from '../cursor.js';
import { SLUG_FORM } from '../file-schema.js';

/** Names that are keys must be slugs; station ids must differ. (Keys written twice are found in the YAML itself.) */
export const checkNames = (file: Cursor): void => {
  checkKeys(file.at('connections'), 'connection');
  const placeOfId = new Map<string, string>();
  for (const station of file.at('stations').items) {
    checkKeys(station.at('signals'), 'signal');
    const id = station.at('id');
    if (id.text === undefined) continue;
    const first = placeOfId.get(id.text);
    if (first !== undefined)
      id.report('duplicate-id', `the line already has a station "${id.text}" (${first}); give this one another id`);
    else placeOfId.set(id.text, id.place);
  }
};

const checkKeys = (map: Cursor, what: string): void => {
  for (const { name, entry } of map.entries) {
    if (SLUG.test(name)) continue;
    const meant = slugOf(name);
    const advice = SLUG.test(meant) && !map.at(meant).present ? `write "${meant}"` : 'rename it';
    entry.report('wrong-name', `"${name}" is no ${what} name; expected ${SLUG_FORM}; ${advice}`, 'key');
  }
};

const slugOf = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
