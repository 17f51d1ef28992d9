import analyst from './documents/analyst.graphql?raw';
import engineer from './documents/engineer.graphql?raw';
import incident from './documents/incident.graphql?raw';
import mes from './documents/mes.graphql?raw';
import whatIf from './documents/what-if.graphql?raw';
import { type OpeningFacts, openingVariables } from './opening-facts.js';

/** A tab as the playground opens it; its title is the name of its first operation. */
export interface OpeningTab {
  readonly title: string;
  readonly query: string;
  /** JSON. */
  readonly variables: string;
}

/** Every example: the tabs that the playground opens with, and those that its header adds. */
export const exampleTabs = (facts: OpeningFacts): readonly OpeningTab[] => {
  const variables = openingVariables(facts);
  const tab = (title: string, query: string, of: object): OpeningTab => ({
    title,
    query,
    variables: JSON.stringify(of, null, 2),
  });
  return [
    tab('Engineer', engineer, variables.engineer),
    tab('MES', mes, variables.mes),
    tab('Analyst', analyst + incident, variables.analyst),
    tab('WhatIf', whatIf + incident, variables.whatIf),
  ];
};

/** One tab per user: engineer, MES, analyst. */
export const openingTabs = (facts: OpeningFacts): readonly OpeningTab[] => exampleTabs(facts).slice(0, 3);
