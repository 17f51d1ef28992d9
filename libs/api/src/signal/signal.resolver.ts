import { Args, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { TimeRangeInput, toRange } from '../plant/moment.type.js';
import { pageSize } from '../plant/page-size.js';
import { parseBucket } from './bucket.js';
import { SampleType, SeriesType, SignalType } from './signal.type.js';

@Resolver(() => SignalType)
export class SignalResolver {
  @ResolveField(() => SampleType, { nullable: true, description: 'The sample with the latest source time.' })
  async latest(@Parent() { id, model, asset }: SignalType): Promise<SampleType | undefined> {
    const sample = await asset.scope.latest.load(id);
    return sample && new SampleType(sample, model);
  }

  @ResolveField(() => SeriesType, { description: 'Its samples over a range of source time, raw or in buckets.' })
  async history(
    @Parent() { id, asset }: SignalType,
    @Args('range', { type: () => TimeRangeInput }) range: TimeRangeInput,
    @Args('bucket', {
      type: () => String,
      nullable: true,
      description: 'Width of a bucket: `10 s`, `1 min`, `1 h`; absent: raw samples.',
    })
    bucket: string | undefined,
    @Args('first', { type: () => Int, defaultValue: 1000, description: 'Most points, oldest first.' }) first: number,
  ): Promise<SeriesType> {
    const { readModel, moment } = asset.scope;
    const history = await readModel.history(moment, {
      signal: id,
      range: toRange(range),
      ...(bucket != null && { bucketMs: parseBucket(bucket) }),
      limit: pageSize(first),
    });
    return new SeriesType(history);
  }
}
