import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { scalarOf, substitute, type Environment } from './environment.js';
import type { Path, PlantProblem, PlantProblemCode } from './problem.js';

export interface PlantFile {
  /** Name for people, as it stands before each problem. */
  readonly file: string;
  readonly text: string;
}

const SYNTAX_PROBLEMS_MAX = 20;
const NEEDS_QUOTES = /\$\{|[:[,{]\s*[%@`]/;

const syntaxMessage = (code: string, said: string, line: string): string => {
  if (code === 'MULTIPLE_DOCS') return 'the file holds several YAML documents (---); make one file of each';
  if (code === 'TAG_RESOLVE_FAILED') return `${said}; remove the tag: a value from outside is written '\${NAME}'`;
  const advice = NEEDS_QUOTES.test(line)
    ? 'put quotes around values that hold ${…} or begin with %, @ or `'
    : 'check indentation, colons, brackets and quotes here and above';
  return `not valid YAML: ${said.replace(/\.$/, '')}; ${advice}`;
};

/** Both from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

interface Entry {
  readonly key: Node | null;
  readonly value: Node | null;
}

interface Finding {
  readonly node: Node;
  readonly path: Path;
  readonly code: PlantProblemCode;
  readonly message: string;
}

/**
 * One plant file as plain values, with the place of each. Environment variables are put in after parsing, so that they
 * can neither move a line nor add structure.
 */
export class PlantSource {
  readonly file: string;
  /** Content of the file; undefined when it could not be parsed, see {@link problems}. */
  value: unknown;
  readonly problems: PlantProblem[] = [];
  private readonly said = new Set<string>();
  private readonly lines = new LineCounter();
  private readonly document: Document;
  /** Scalars with a variable that is not set: what else is wrong with them follows from that. */
  private readonly unset = new Set<Node>();
  /** What a scalar said before its variables were put in. */
  private readonly templates = new Map<Node, string>();

  constructor({ file, text }: PlantFile, env: Environment) {
    this.file = file;
    this.document = parseDocument(text, {
      lineCounter: this.lines,
      merge: true,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: false, // reported below with the field's path, and then the rest is still checked
      logLevel: 'error', // 'silent' would let a second document in the file pass unseen
    });
    if (this.reportSyntax(text)) return;
    const findings = this.visit(this.document.contents, [], env);
    if (!findings.some(({ code }) => code === 'yaml-syntax')) this.value = this.plainValue();
    for (const { node, path, code, message } of findings) this.add(this.placeOf(node), path, code, message);
  }

  /** Adds a problem at a field's value, or at its key; a field that is not there is placed at its nearest parent. */
  report(path: Path, code: PlantProblemCode, message: string, at: 'key' | 'value' = 'value'): void {
    const node = this.nodeAt(path);
    if (node === null || !this.unset.has(node)) this.add(this.locate(path, at), path, code, message);
  }

  /** What is said of one place is said once, also when aliases bring it to several fields. */
  private add(place: Place, path: Path, code: PlantProblemCode, message: string): void {
    const key = [place.line, place.column, code, path.at(-1), message].join(' ');
    if (this.said.has(key)) return;
    this.said.add(key);
    this.problems.push({ file: this.file, ...place, field: this.fieldName(path), code, message });
  }

  private plainValue(): unknown {
    try {
      const value = this.document.toJS() as unknown;
      if (value !== null) return value;
      this.report([], 'empty-file', 'the file is empty; expected a plant that begins with "millwright: 1"');
    } catch (error) {
      this.report([], 'yaml-syntax', `aliases cannot be resolved: ${(error as Error).message}; write the values out`);
    }
    return undefined;
  }

  /** Line and column of a field, both from 1; of its nearest parent's key when the field is not there. */
  locate(path: Path, at: 'key' | 'value'): Place {
    let pair: Entry = { key: null, value: this.document.contents };
    let found = true;
    for (const step of path) {
      const next = this.child(this.resolved(pair.value), step);
      found = next !== undefined;
      if (next === undefined) break;
      pair = next;
    }
    return this.placeOf(at === 'value' && found ? (pair.value ?? pair.key) : (pair.key ?? pair.value));
  }

  private placeOf(node: Node | null): Place {
    return this.placeAt(node?.range?.[0] ?? 0);
  }

  private placeAt(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** Value at a path; undefined when there is none. */
  at(path: Path): unknown {
    return path.reduce<unknown>((value, step) => {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
      return (value as Record<string | number, unknown>)[step];
    }, this.value);
  }

  /** The text with its `${…}` as written, for a value that came from the environment. */
  template(path: Path): string | undefined {
    const node = this.nodeAt(path);
    return node === null ? undefined : this.templates.get(node);
  }

  private nodeAt(path: Path): Node | null {
    return path.reduce<Node | null>(
      (parent, step) => this.resolved(this.child(parent, step)?.value ?? null),
      this.document.contents,
    );
  }

  /** Turns text that came from the environment into the number or boolean it spells; false when it is no such text. */
  retype(path: Path): boolean {
    const value = this.at(path);
    if (typeof value !== 'string' || this.template(path) === undefined) return false;
    const scalar = scalarOf(value);
    if (scalar === undefined) return false;
    (this.at(path.slice(0, -1)) as Record<string | number, unknown>)[path.at(-1)!] = scalar;
    return true;
  }

  /** One problem per line: the parser says several for one slip. True when there are any. */
  private reportSyntax(text: string): boolean {
    const seen = new Set<number>();
    for (const { pos, code, message } of [...this.document.errors, ...this.document.warnings]) {
      const { line, column } = this.placeAt(pos[0]);
      // The parser's own way to say that brackets are not closed where an error before has left them.
      const follows = seen.size > 0 && message.includes('flow-error-end');
      if (seen.has(line) || follows || seen.size === SYNTAX_PROBLEMS_MAX) continue;
      seen.add(line);
      this.add({ line, column }, [], 'yaml-syntax', syntaxMessage(code, message, text.split('\n')[line - 1] ?? ''));
    }
    return seen.size > 0;
  }

  /** Puts in the environment's variables; finds what only the nodes show: keys written twice, variables that are not set. */
  private visit(node: Node | null, path: Path, env: Environment): Finding[] {
    if (isSeq<Node>(node)) return node.items.flatMap((item, i) => this.visit(item, [...path, i], env));
    if (isMap<Scalar<string>, Node | null>(node)) {
      const first = new Map<string, Scalar>();
      return node.items.flatMap(({ key, value }) => {
        const here = [...path, key.value];
        const before = first.get(key.value);
        first.set(key.value, before ?? key);
        return [...(before ? [this.duplicate(key, here, before)] : []), ...this.visit(value, here, env)];
      });
    }
    if (isAlias(node) && this.resolved(node) === null) {
      const message = `alias *${node.source} has no anchor &${node.source} before it; write the value out, or add the anchor`;
      return [{ node, path, code: 'yaml-syntax', message }];
    }
    return isScalar(node) && typeof node.value === 'string' ? this.substitute(node as Scalar<string>, path, env) : [];
  }

  private duplicate(node: Scalar, path: Path, first: Scalar): Finding {
    const message = `is written twice in the same map, first in line ${this.placeOf(first).line}; remove or rename one of them`;
    return { node, path, code: 'duplicate-key', message };
  }

  private substitute(node: Scalar<string>, path: Path, env: Environment): Finding[] {
    const { text, changed, missing } = substitute(node.value, env);
    if (changed) this.templates.set(node, node.value);
    if (missing.length > 0) this.unset.add(node);
    node.value = text;
    return missing.map((name) => ({
      node,
      path,
      code: 'missing-variable',
      message: `environment variable ${name} is not set; set it, or write a default: \${${name}:-value}`,
    }));
  }

  /** Key and value of a step; an item of a list has no key. The last of two equal keys wins, as in the values. */
  private child(node: Node | null, step: string | number): Entry | undefined {
    if (isSeq<Node>(node))
      return typeof step === 'number' && step in node.items ? { key: null, value: node.items[step]! } : undefined;
    if (!isMap<Scalar<string>, Node | null>(node)) return undefined;
    const own = node.items.findLast(({ key }) => key.value === String(step));
    return (
      own ??
      this.merged(node)
        .map((map) => this.child(map, step))
        .find((pair) => pair !== undefined)
    );
  }

  private merged(node: YAMLMap<Scalar<string>, Node | null>): (Node | null)[] {
    const sources = node.items
      .filter((pair: Pair<Scalar<string>, Node | null>) => pair.key.value === '<<')
      .map(({ value }) => this.resolved(value));
    return sources.flatMap((source) =>
      isSeq<Node>(source) ? source.items.map((item) => this.resolved(item)) : [source],
    );
  }

  private resolved(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(this.document) ?? null) : node;
  }

  /** Items of lists by their id where they have one: people know stations by id, not by number. */
  private fieldName(path: Path): string {
    return path.reduce<string>((name, step, depth) => {
      if (typeof step === 'number') {
        const id = this.at([...path.slice(0, depth + 1), 'id']);
        return `${name}[${typeof id === 'string' && id !== '' ? id : step}]`;
      }
      return name === '' ? step : `${name}.${step}`;
    }, '');
  }
}
