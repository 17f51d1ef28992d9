import type { Position } from '@millwright/event-store';
import type { Moment, ProjectedEvent } from '@millwright/read-model';
import type { BranchOptions } from './fork/fork-branch.js';
import type { PlantReader, Question } from './plant-reader.js';
import type { PassedOver } from './projector.js';

/** The moments that have been committed. */
export interface Extent {
  readonly start: Moment;
  readonly head: Moment;
  /** Id of the event at the head. */
  readonly eventId: string;
}

export interface WriterData {
  readonly path: string;
  readonly maxTail: number;
}

export interface Opened {
  /** What has been committed; absent for an empty file. */
  readonly extent?: Extent | undefined;
  /** Why the file is of no use and must be begun anew; nothing else can be called then. */
  readonly unfit?: string;
}

export interface Projected {
  readonly extent: Extent | undefined;
  readonly passedOver: readonly PassedOver[];
}

export interface ReaderData {
  readonly path: string;
}

/** `fork`: its number; absent for the live model. */
export interface Ask<Q extends Question = Question> {
  readonly fork?: number;
  readonly question: Q;
  readonly at: Position;
  readonly args: readonly unknown[];
}

export type Answer<Q extends Question> = ReturnType<PlantReader[Q]>;

/** A question's arguments after the moment. */
export type QuestionArgs<Q extends Question> =
  Parameters<PlantReader[Q]> extends [number, ...infer Rest] ? Rest : never;

export interface OpenFork extends BranchOptions {
  readonly fork: number;
}

export interface ProjectFork {
  readonly fork: number;
  readonly events: readonly ProjectedEvent[];
}
