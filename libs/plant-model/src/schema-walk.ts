import type { z } from 'zod';

type Schema = z.core.$ZodType;

/** Schemas that may apply to a value, without their wrappers (optional, default, transform); of a union, those the value's discriminator picks. */
const candidates = (schema: Schema, value: unknown): Schema[] => {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return candidates(def.innerType, value);
    case 'pipe':
      return candidates(def.in, value);
    case 'lazy':
      return candidates(def.getter(), value);
    case 'intersection':
      return [def.left, def.right].flatMap((side) => candidates(side, value));
    case 'union': {
      const key = (def as Partial<z.core.$ZodDiscriminatedUnionDef>).discriminator;
      const options = def.options.flatMap((option) => candidates(option, value));
      const picked = options.filter((option) => key !== undefined && hasTag(option, key, value));
      return picked.length > 0 ? picked : options;
    }
    default:
      return [schema];
  }
};

const hasTag = (option: Schema, key: string, value: unknown): boolean => {
  const tag = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return option._zod.propValues?.[key]?.has(tag as z.core.util.Primitive) ?? false;
};

const shapeOf = (schema: Schema): Readonly<Record<string, Schema>> | undefined => {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'object' ? def.shape : undefined;
};

const step = (schema: Schema, key: string | number): Schema[] => {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'object') return Object.hasOwn(def.shape, key) ? [def.shape[key]!] : [];
  if (def.type === 'record') return [def.valueType];
  return def.type === 'array' ? [def.element] : [];
};

const walk = (schema: Schema, value: unknown, path: readonly (string | number)[]): Schema[] => {
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  const inner =
    typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
  return candidates(schema, value)
    .flatMap((s) => step(s, key))
    .flatMap((s) => walk(s, inner, rest));
};

/** Names of the fields that the schema knows at a path of the value. */
export const knownFields = (schema: Schema, value: unknown, path: readonly (string | number)[]): string[] => {
  const inner = path.reduce<unknown>((v, key) => (v as Record<string | number, unknown> | undefined)?.[key], value);
  const shapes = walk(schema, value, path)
    .flatMap((s) => candidates(s, inner))
    .map(shapeOf);
  return [...new Set(shapes.flatMap((shape) => Object.keys(shape ?? {})))];
};

/** The meaning of the field at a path, from its schema's description. */
export const meaning = (schema: Schema, value: unknown, path: readonly (string | number)[]): string | undefined =>
  walk(schema, value, path)
    .map((s) => (s as z.ZodType).description)
    .find((text) => text !== undefined);
