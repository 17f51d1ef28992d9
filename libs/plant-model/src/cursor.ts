import type { PlantSource } from './plant-source.js';
import type { Path, PlantProblemCode } from './problem.js';

/**
 * A place in a plant file as it was written, right or wrong. Rules read through it, so that one wrong field does not hide
 * what else is wrong: what has not the type asked for is simply not there (its own problem is reported by the schema).
 */
export class Cursor {
  readonly source: PlantSource;
  readonly path: Path;

  constructor(source: PlantSource, path: Path = []) {
    this.source = source;
    this.path = path;
  }

  at(step: string | number): Cursor {
    return new Cursor(this.source, [...this.path, step]);
  }

  get value(): unknown {
    return this.source.at(this.path);
  }

  get present(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get text(): string | undefined {
    return typeof this.value === 'string' ? this.value : undefined;
  }

  get number(): number | undefined {
    return typeof this.value === 'number' && Number.isFinite(this.value) ? this.value : undefined;
  }

  /** Entries of a map, with their names; none for anything else. */
  get entries(): { name: string; entry: Cursor }[] {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    return Object.keys(value).map((name) => ({ name, entry: this.at(name) }));
  }

  /** Items of a list; none for anything else. */
  get items(): Cursor[] {
    return Array.isArray(this.value) ? this.value.map((_, i) => this.at(i)) : [];
  }

  /** `plant.yaml:12`, to point at this value from another one's problem. */
  get place(): string {
    return `${this.source.file}:${this.source.locate(this.path, 'value').line}`;
  }

  report(code: PlantProblemCode, message: string, at: 'key' | 'value' = 'value'): void {
    this.source.report(this.path, code, message, at);
  }
}
