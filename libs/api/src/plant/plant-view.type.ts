import { InterfaceType } from '@nestjs/graphql';

/** Its fields are those of PlantViewResolver; the object that implements it says which read model they are asked of. */
@InterfaceType('PlantView', {
  description:
    'What can be asked about the plant, or about a fork of it. Every field without `asOf` is true at one and the same moment per request; what is nested in a field is true at its moment.',
})
export abstract class PlantView {}
