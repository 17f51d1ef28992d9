import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, coerceInputValue, type DocumentNode, Kind, parse, typeFromAST, validate } from 'graphql';
import type { GraphQLInputType, OperationDefinitionNode } from 'graphql';
import { describe, expect, test } from 'vitest';
import { demoFacts } from './opening-facts.js';
import { exampleTabs } from './opening-tabs.js';

/** The schema as the server prints it: a document that the API would refuse fails here first. */
const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../libs/api/schema.graphql'), 'utf8'));
const tabs = exampleTabs(demoFacts(Date.parse('2026-03-01T12:00:00Z')));
const operations = (document: DocumentNode): OperationDefinitionNode[] =>
  document.definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION);

describe.each(tabs)('$title', ({ title, query, variables }) => {
  const document = parse(query);

  test('is valid against the API', () => {
    expect(validate(schema, document).map((e) => e.message)).toEqual([]);
  });

  test('has the variables that its operations ask for, and they fit', () => {
    const values = JSON.parse(variables) as Record<string, unknown>;
    for (const { variableDefinitions = [] } of operations(document)) {
      for (const { variable, type } of variableDefinitions) {
        const inputType = typeFromAST(schema, type as never) as GraphQLInputType;
        coerceInputValue(values[variable.name.value], inputType, (path, _value, error) => {
          throw new Error(`$${variable.name.value} ${path.join('.')}: ${error.message}`);
        });
      }
    }
    expect(Object.keys(values)).not.toEqual([]);
  });

  test('is named after its first operation, as GraphiQL names the tab', () => {
    expect(operations(document)[0]?.name?.value).toBe(title);
  });

  test('has comments that fit beside the editor buttons', () => {
    for (const line of query.split('\n').filter((l) => l.trim().startsWith('#')))
      expect(line.length).toBeLessThanOrEqual(64);
  });
});
