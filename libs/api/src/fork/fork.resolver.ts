import type { Fork } from '@millwright/actor-host';
import { Inject, UseFilters } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { PassOn } from '../error/pass-on.filter.js';
import { API_OPTIONS, type ApiOptions } from '../api-options.js';
import { toAsOf } from '../plant/moment.type.js';
import { CreateForkInput, toOverrides } from './fork.input.js';
import { ForkType } from './fork.type.js';

@Resolver(() => ForkType)
@UseFilters(PassOn)
export class ForkResolver {
  private readonly options: ApiOptions;
  private readonly names = new WeakMap<Fork, string>();

  constructor(@Inject(API_OPTIONS) options: ApiOptions) {
    this.options = options;
  }

  @Query(() => ForkType, { nullable: true, description: 'An open fork; null when there is none with this id.' })
  fork(@Args('id', { type: () => ID }) id: string): ForkType | undefined {
    const fork = this.options.forks.get(id);
    return fork && this.toType(fork);
  }

  @Query(() => [ForkType], { description: 'Every open fork.' })
  forks(): ForkType[] {
    return this.options.forks.list().map((fork) => this.toType(fork));
  }

  @Mutation(() => ForkType, {
    complexity: 5_000,
    description: 'Folds the recorded facts of a span again under other limits, and answers when that is done.',
  })
  async createFork(@Args('input', { type: () => CreateForkInput }) input: CreateForkInput): Promise<ForkType> {
    const { readModel, forks } = this.options;
    const overrides = toOverrides(input.overrides);
    const from = await readModel.moment(toAsOf(input.from));
    const until = await readModel.moment(input.until ? toAsOf(input.until) : undefined);
    const fork = await forks.create({ from, until, overrides });
    if (input.name != null) this.names.set(fork, input.name);
    return this.toType(fork);
  }

  @Mutation(() => Boolean, { description: 'Forgets a fork; false when there is none with this id.' })
  closeFork(@Args('id', { type: () => ID }) id: string): Promise<boolean> {
    return this.options.forks.close(id);
  }

  private toType(fork: Fork): ForkType {
    return new ForkType(fork, this.names.get(fork));
  }
}
