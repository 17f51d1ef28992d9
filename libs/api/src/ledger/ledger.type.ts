import type { LedgerView } from '@millwright/read-model';
import { Field, Float, ID, ObjectType } from '@nestjs/graphql';

@ObjectType('LedgerCount', { description: 'Samples that one rule filtered, or that were rejected for one reason.' })
export class LedgerCountType {
  @Field(() => String, { description: 'Rule or reason: `deadband`, `not-a-number`, `wrong-type` …' })
  readonly reason!: string;
  @Field(() => Float)
  readonly count!: number;
  @Field(() => String, { nullable: true, description: 'The last refused value, as text.' })
  readonly example?: string;
}

@ObjectType('LedgerEntry', {
  description:
    'What became of every sample of a signal since the first event: received = stored + filtered + rejected.',
})
export class LedgerEntryType {
  @Field(() => ID, {
    description: '`<asset id>:<signal name>`; the name is `*` for messages that belong to no signal.',
  })
  readonly signal: string;
  @Field(() => String)
  readonly connection: string;
  @Field(() => Float)
  readonly received: number;
  @Field(() => Float)
  readonly stored: number;
  @Field(() => [LedgerCountType])
  readonly filtered: readonly LedgerCountType[];
  @Field(() => [LedgerCountType])
  readonly rejected: readonly LedgerCountType[];

  constructor(view: LedgerView) {
    this.signal = view.signal;
    this.connection = view.connection;
    this.received = view.received;
    this.stored = view.stored;
    this.filtered = view.filtered.map(({ rule, count }) => ({ reason: rule, count }));
    this.rejected = view.rejected;
  }
}
