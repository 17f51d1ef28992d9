import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { printSchema } from 'graphql';
import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestPlant } from './testing/test-plant.fixture.js';

const FILE = join(import.meta.dirname, '../schema.graphql');
let plant: TestPlant;
beforeAll(async () => void (plant = await TestPlant.start()));
afterAll(() => plant.stop());

it('the published schema is the one that is served (UPDATE_SCHEMA=1 writes it)', async () => {
  const { schema } = plant.app.get(GraphQLSchemaHost);
  const served = await format(printSchema(schema), { ...(await resolveConfig(FILE)), filepath: FILE });
  if (process.env['UPDATE_SCHEMA']) writeFileSync(FILE, served);
  expect(readFileSync(FILE, 'utf8')).toBe(served);
});
