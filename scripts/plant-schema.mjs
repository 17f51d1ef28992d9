// npm run schema: writes docs/plant.schema.json and docs/plant-file.md from the schemas that the server checks plant files with.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VOCABULARY } from '../libs/connections/dist/index.js';
import { plantFileGuide, plantJsonSchema } from '../libs/plant-model/dist/index.js';

const schema = plantJsonSchema(VOCABULARY);
const write = (name, text) => {
  writeFileSync(join(import.meta.dirname, '../docs', name), text);
  console.log(`docs/${name} written`);
};
write('plant.schema.json', `${JSON.stringify(schema, undefined, 2)}\n`);
write('plant-file.md', plantFileGuide(schema));
