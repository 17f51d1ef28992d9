import type { AssetKind, OperatingState } from '@millwright/events';
import type { AssetView, StateSpan, StateView } from '@millwright/read-model';
import { Field, Float, ID, ObjectType } from '@nestjs/graphql';
import { MomentType } from '../plant/moment.type.js';
import type { PlantScope } from '../request/plant-scope.js';
import { DateTimeScalar } from '../scalar/date-time.scalar.js';
import { PositionScalar } from '../scalar/position.scalar.js';
import { AssetKindEnum, OperatingStateEnum } from './asset.enums.js';

@ObjectType('Asset', { description: 'A physical asset: an enterprise, site, area, line or station of ISA-95.' })
export class AssetType {
  readonly scope: PlantScope;
  readonly view: AssetView;

  constructor(scope: PlantScope, view: AssetView) {
    this.scope = scope;
    this.view = view;
  }

  @Field(() => ID, {
    description: 'Slash-separated path, unique in the server: `acme/hamburg/assembly/bonding-line/s3`.',
  })
  get id(): string {
    return this.view.model.asset;
  }
  @Field(() => String, { description: 'Name for people.' })
  get name(): string {
    return this.view.model.name;
  }
  @Field(() => AssetKindEnum)
  get kind(): AssetKind {
    return this.view.model.kind;
  }
  @Field(() => String, { description: 'Asset type: names the machine that drives its actor, e.g. `station`, `oven`.' })
  get type(): string {
    return this.view.model.type;
  }
  @Field(() => Float, { nullable: true, description: 'Ideal cycle time per part (ISO 22400), milliseconds.' })
  get idealCycleTimeMs(): number | undefined {
    return this.view.model.idealCycleTimeMs;
  }
  @Field(() => Float, { nullable: true, description: 'Silence after which the asset counts as offline, milliseconds.' })
  get staleAfterMs(): number | undefined {
    return this.view.model.staleAfterMs;
  }
  @Field(() => DateTimeScalar, {
    description: 'Since when this version of its model (limits, signals) has been in force.',
  })
  get modelSince(): number {
    return this.view.since;
  }
  @Field(() => MomentType, { description: 'The moment at which everything under this asset is true.' })
  get asOf(): MomentType {
    return this.scope.moment;
  }
}

@ObjectType('AssetState', { description: 'The operating state of an asset.' })
export class AssetStateType {
  @Field(() => OperatingStateEnum)
  readonly value: OperatingState;
  @Field(() => String, { description: 'Why, in a few words: `device state`, `silent for 30 s`.' })
  readonly reason: string;
  @Field(() => DateTimeScalar, { description: 'Since when it has been in this state.' })
  readonly since: number;
  @Field(() => PositionScalar, { description: 'Position of the event that concluded it.' })
  readonly position: bigint;

  constructor(view: StateView) {
    this.value = view.state;
    this.reason = view.reason;
    this.since = view.since;
    this.position = view.position;
  }
}

@ObjectType('StateSpan', { description: 'A stretch of time in one operating state.' })
export class StateSpanType {
  @Field(() => OperatingStateEnum)
  readonly state: OperatingState;
  @Field(() => String, { description: 'Why the state was entered.' })
  readonly reason: string;
  @Field(() => DateTimeScalar)
  readonly start: number;
  @Field(() => DateTimeScalar, { nullable: true, description: 'Null while the state lasts.' })
  readonly end: number | undefined;
  @Field(() => Float, { description: 'Milliseconds; of a state that lasts, up to the moment asked for.' })
  readonly durationMs: number;
  @Field(() => PositionScalar, { description: 'Position of the event that concluded it.' })
  readonly position: bigint;

  constructor(span: StateSpan, momentTime: number) {
    this.state = span.state;
    this.reason = span.reason;
    this.start = span.start;
    this.end = span.end;
    this.durationMs = Math.max(0, (span.end ?? momentTime) - span.start);
    this.position = span.position;
  }
}

@ObjectType('PartCounts', { description: 'Parts that an asset has completed.' })
export class PartCountsType {
  @Field(() => Float)
  readonly good!: number;
  @Field(() => Float)
  readonly scrap!: number;
  @Field(() => Float, { description: 'good + scrap' })
  get total(): number {
    return this.good + this.scrap;
  }
  @Field(() => Float, { nullable: true, description: 'Mean time between completions in the range, milliseconds.' })
  readonly meanCycleTimeMs!: number | null;

  constructor(counts: { good: number; scrap: number; meanCycleTimeMs: number | null }) {
    this.good = counts.good;
    this.scrap = counts.scrap;
    this.meanCycleTimeMs = counts.meanCycleTimeMs;
  }
}
