import type { Cursor } from '../cursor.js';

const SHARED = ['enterprise', 'site', 'area'] as const;

/** What several files must agree on: each line once, and one name for each shared enterprise, site and area. */
export const checkFiles = (files: readonly Cursor[]): void => {
  const names = new Map<string, Cursor>();
  const lines = new Map<string, Cursor>();
  for (const file of files) {
    let id = '';
    for (const level of [...SHARED, 'line'] as const) {
      const step = file.at(level).at('id');
      if (step.text === undefined) break;
      id = id === '' ? step.text : `${id}/${step.text}`;
      if (level === 'line') checkLine(step, id, lines);
      else checkName(file.at(level), level, id, names);
    }
  }
};

const checkLine = (id: Cursor, line: string, lines: Map<string, Cursor>): void => {
  const first = lines.get(line);
  if (first !== undefined)
    id.report(
      'duplicate-id',
      `line "${line}" is in ${first.place} already; one file is one line: give this one another id`,
    );
  else lines.set(line, id);
};

const checkName = (level: Cursor, what: string, id: string, names: Map<string, Cursor>): void => {
  const name = level.at('name');
  if (name.text === undefined) return;
  const first = names.get(id);
  if (first === undefined) names.set(id, name);
  else if (first.text !== name.text) {
    name.report(
      'name-clash',
      `${what} "${id}" is called "${first.text}" in ${first.place}, here "${name.text}"; write the same name, or leave it out here`,
    );
  }
};
