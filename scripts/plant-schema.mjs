// npm run schema: writes docs/plant.schema.json and docs/plant-file.md from the schemas that the server checks plant files with.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATION_TYPES } from '../libs/asset-machines/dist/index.js';
import { plantFileGuide, plantJsonSchema } from '../libs/plant-model/dist/index.js';
import { PROTOCOLS } from '../apps/server/dist/protocols.js';

const schema = plantJsonSchema({ protocols: PROTOCOLS, stationTypes: STATION_TYPES });
const write = (name, text) => {
  writeFileSync(join(import.meta.dirname, '../docs', name), text);
  console.log(`docs/${name} written`);
};
write('plant.schema.json', `${JSON.stringify(schema, undefined, 2)}\n`);
write('plant-file.md', plantFileGuide(schema));
