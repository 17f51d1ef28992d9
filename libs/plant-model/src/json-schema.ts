import { SLUG } from '@millwright/events';
import { z } from 'zod';
import { plantFileSchema } from './file-schema.js';
import type { PlantVocabulary } from './load-plant.js';
import type { ProtocolSchema } from './protocol-schema.js';

/** A node of a JSON Schema (draft 7), as far as it is handled here. */
export interface JsonSchema {
  [keyword: string]: unknown;
  description?: string;
  type?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

/** Draft 7 is what editors' YAML extensions know best. */
const TARGET = { io: 'input', target: 'draft-7', unrepresentable: 'any' } as const;
const ENVIRONMENT: JsonSchema = {
  type: 'string',
  pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}',
  description: 'Environment variable: ${NAME}, or ${NAME:-default}',
};

/**
 * JSON Schema of a plant file for editors: completes and checks fields, the settings of each protocol and its addresses. What two fields
 * must be to each other (limits, names of connections) only {@link loadPlant} checks.
 */
export const plantJsonSchema = ({ protocols, stationTypes }: PlantVocabulary): JsonSchema => {
  const schema = toJson(
    plantFileSchema(
      protocols.map((p) => p.name),
      stationTypes,
    ),
  );
  const signals = schema.properties!['stations']!.items!.properties!['signals']!;
  const signal = signals.additionalProperties as JsonSchema;
  const connections = schema.properties!['connections']!;
  connections.propertyNames = signals.propertyNames = { pattern: SLUG.source };
  connections.additionalProperties = { anyOf: protocols.map(connectionOf) };
  const { description } = signal.properties!['address']!;
  signal.properties!['address'] = {
    ...(description !== undefined && { description }),
    anyOf: protocols.flatMap(addressesOf),
  };
  return { ...schema, title: 'Millwright plant file', definitions: { environment: ENVIRONMENT } };
};

const toJson = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, {
    ...TARGET,
    override: ({ jsonSchema }) => allowEnvironment(jsonSchema as JsonSchema),
  }) as JsonSchema;

/** Every value but a constant may come from the environment, as text. */
const allowEnvironment = (node: JsonSchema): void => {
  const takesAnyText =
    node.type === 'string' &&
    node['pattern'] === undefined &&
    node['enum'] === undefined &&
    node['format'] === undefined;
  const isScalar = ['string', 'number', 'integer', 'boolean'].includes(node.type ?? '');
  if (!isScalar || takesAnyText || node['const'] !== undefined) return;
  const rule = omit(node, 'description', 'default');
  for (const keyword of Object.keys(rule)) delete node[keyword];
  if (rule['minimum'] === Number.MIN_SAFE_INTEGER) delete rule['minimum'];
  if (rule['maximum'] === Number.MAX_SAFE_INTEGER) delete rule['maximum'];
  node.anyOf = [rule, { $ref: '#/definitions/environment' }];
};

const omit = <T>(node: Readonly<Record<string, T>>, ...keywords: readonly string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(node).filter(([keyword]) => !keywords.includes(keyword)));

/** Settings of one protocol, told apart by `protocol`. */
const connectionOf = ({ name, connection }: ProtocolSchema): JsonSchema =>
  withProtocol(omit(toJson(connection), '$schema'), name);

const withProtocol = (schema: JsonSchema, name: string): JsonSchema => {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return { anyOf: alternatives.map((s) => withProtocol(s, name)) };
  const properties = omit(schema.properties ?? {}, 'protocol');
  const required = (schema.required ?? []).filter((field) => field !== 'protocol');
  return {
    ...schema,
    title: name,
    properties: {
      protocol: { type: 'string', const: name, description: 'Protocol of the device or broker' },
      ...properties,
    },
    required: ['protocol', ...required],
  };
};

/** Forms of an address of one protocol; several are told apart by their fields. */
const addressesOf = ({ name, address }: ProtocolSchema): JsonSchema[] => {
  const schema = omit(toJson(address), '$schema') as JsonSchema;
  const forms = schema.anyOf ?? schema.oneOf ?? [schema];
  const title = (form: JsonSchema): string => `${name} (${Object.keys(form.properties ?? {}).join(', ')})`;
  return forms.map((form) => ({ title: forms.length === 1 ? name : title(form), ...form }));
};
