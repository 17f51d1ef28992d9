import type { GraphQLFormattedError } from 'graphql';
import type { TestPlant } from './test-plant.fixture.js';

export interface Answer {
  // What a query answers has the form of the query; the specs say it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly data?: any;
  readonly errors?: readonly GraphQLFormattedError[];
}

/** Sends one request over real HTTP. */
export const post = (plant: TestPlant, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${plant.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

export const ask = async (
  plant: TestPlant,
  query: string,
  variables?: object,
  operationName?: string,
): Promise<Answer> => (await (await post(plant, { query, variables, operationName })).json()) as Answer;

/** The data of a query, asked twice: interpreted, and compiled. Both must say the same, without errors. */
export const data = async (plant: TestPlant, query: string, variables?: object): Promise<Answer['data']> => {
  const first = await ask(plant, query, variables);
  const second = await ask(plant, query, variables);
  if (first.errors ?? second.errors) throw new Error(JSON.stringify([first.errors, second.errors], null, 2));
  if (JSON.stringify(first.data) !== JSON.stringify(second.data)) {
    throw new Error(`compiled differs: ${JSON.stringify([first.data, second.data])}`);
  }
  return second.data;
};

/** Code and message of the first error of a request that must fail; interpreted and compiled must fail alike. */
export const fault = async (
  plant: TestPlant,
  query: string,
  variables?: object,
): Promise<{ code: unknown; message: string }> => {
  const [first, second] = [await ask(plant, query, variables), await ask(plant, query, variables)];
  const faults = [first, second].map(({ errors }) => ({
    code: errors?.[0]?.extensions?.['code'],
    message: errors?.[0]?.message ?? '',
  }));
  if (faults[0]!.code !== faults[1]!.code) throw new Error(`compiled differs: ${JSON.stringify(faults)}`);
  return faults[0]!;
};
