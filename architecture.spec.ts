import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';

/** Which type of project may depend on which: the arrows of docs/architecture.md. */
const MAY_IMPORT: Record<string, string[]> = {
  domain: ['domain'],
  port: ['domain', 'port'],
  driver: [],
  adapter: ['domain', 'port', 'driver'],
  assembly: ['domain', 'port', 'adapter', 'assembly'],
  api: ['domain', 'port', 'api'],
  app: ['domain', 'port', 'driver', 'adapter', 'assembly', 'api', 'app'],
};
/** Packages the inner rooms never see. */
const FOREIGN =
  /^(@nestjs\/|graphql|libsql|mercurius|node-opcua|modbus-serial|mqtt|@eventstore\/|node:(fs|net|http|child_process))/;

interface Project {
  name: string;
  dir: string;
  type: string;
  deps: string[];
  devDeps: string[];
}
const root = import.meta.dirname;
const dirs = (p: string): string[] =>
  readdirSync(join(root, p), { withFileTypes: true })
    .filter((d) => d.isDirectory())
    .map((d) => join(p, d.name));
const read = (dir: string): Project[] => {
  try {
    const p = JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8'));
    const type = (p.nx?.tags ?? []).find((t: string) => t.startsWith('type:'))?.slice(5) ?? 'untagged';
    return [
      {
        name: p.name,
        dir,
        type,
        deps: Object.keys(p.dependencies ?? {}),
        devDeps: Object.keys(p.devDependencies ?? {}),
      },
    ];
  } catch {
    return [];
  }
};
const projects = ['apps', 'libs', 'libs/connectors', 'simulations/plants'].flatMap(dirs).flatMap(read);
const byName = new Map(projects.map((p) => [p.name, p]));
const sources = (dir: string): string[] =>
  readdirSync(join(root, dir, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.tsx?$/.test(f))
    .map((f) => join(dir, 'src', f));
const imports = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((m) => m[1]!);
const packageOf = (spec: string): string =>
  spec
    .split('/')
    .slice(0, spec.startsWith('@') ? 2 : 1)
    .join('/');

test.each(projects)('$name has a known type tag', ({ type }) => {
  expect(Object.keys(MAY_IMPORT)).toContain(type);
});

test.each(projects)('$name imports only what its room may see', (p) => {
  const broken = sources(p.dir).flatMap((file) =>
    imports(file).flatMap((spec) => {
      const target = byName.get(packageOf(spec));
      const where = `${relative(root, join(root, file))} -> ${spec}`;
      const tried = /\.(spec|fixture)\.ts$/.test(file) && p.devDeps.includes(target?.name ?? '');
      // A spec may try its adapter against another one.
      if (target?.type === 'adapter' && p.type === 'adapter' && tried) return [];
      if (target && target !== p && !MAY_IMPORT[p.type]!.includes(target.type)) return [where];
      if (target && target !== p && !tried && !p.deps.includes(target.name)) return [`${where} (not in package.json)`];
      if (spec.startsWith('.') && !join(file, '..', spec).startsWith(p.dir)) return [`${where} (leaves its project)`];
      if ((p.type === 'domain' || p.type === 'port') && !file.endsWith('.spec.ts') && FOREIGN.test(spec))
        return [where];
      return [];
    }),
  );
  expect(broken).toEqual([]);
});
