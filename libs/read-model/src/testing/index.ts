export { askAll, expectSame, type Answers } from './ask-all.js';
export { MemoryReadModel } from './memory-read-model.js';
export { ASSETS, LINE, modelOf, plantStory, SIGNALS, STORY_START } from './plant-story.js';
export { readModelContract, type ReadModelContractOptions } from './read-model.contract.js';
