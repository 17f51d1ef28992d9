import { GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema } from 'graphql';

const QUERY = 'The plant as it is now, or at any moment before.';
const MUTATION = 'What people and other systems may tell the plant, and what-if branches of it.';
const SUBSCRIPTION =
  'The log as it grows, from any token on: first what was recorded after it, then CaughtUp, then live, without gap or repeat. Each item carries the token to resume after it.';

/**
 * Makes Query implement PlantView. Nest cannot say that of a root type; so the fields and their resolvers are taken from Fork, which
 * implements it, and Query and Fork cannot drift apart.
 */
export const completeRootTypes = (schema: GraphQLSchema): GraphQLSchema => {
  const config = schema.toConfig();
  const view = schema.getType('PlantView') as GraphQLInterfaceType;
  const shared = (schema.getType('Fork') as GraphQLObjectType).toConfig().fields;
  const plantFields = Object.fromEntries(Object.keys(view.getFields()).map((name) => [name, shared[name]!]));
  const own = schema.getQueryType()!.toConfig();
  const query = new GraphQLObjectType({
    ...own,
    description: QUERY,
    interfaces: [view],
    fields: { ...plantFields, ...own.fields },
  });
  const mutation = new GraphQLObjectType({ ...schema.getMutationType()!.toConfig(), description: MUTATION });
  const subscription = new GraphQLObjectType({
    ...schema.getSubscriptionType()!.toConfig(),
    description: SUBSCRIPTION,
  });
  const roots = [query, mutation, subscription];
  const types = [...config.types.filter(({ name }) => !roots.some((root) => root.name === name)), ...roots];
  return new GraphQLSchema({ ...config, query, mutation, subscription, types });
};
