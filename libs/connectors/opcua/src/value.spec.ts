import {
  DataType,
  DataValue,
  resolveNodeId,
  StatusCodes,
  Variant,
  VariantArrayType,
  type VariantOptions,
} from 'node-opcua-client';
import { describe, expect, test } from 'vitest';
import { sampleOf, valueOf } from './value.js';

const value = (options: VariantOptions, index?: number): unknown =>
  valueOf(new Variant({ arrayType: VariantArrayType.Scalar, ...options }), index);

describe('one value', () => {
  test.each<[string, VariantOptions, unknown]>([
    ['Boolean', { dataType: DataType.Boolean, value: true }, true],
    ['Double', { dataType: DataType.Double, value: 1.5 }, 1.5],
    ['Double that is no number', { dataType: DataType.Double, value: Number.NaN }, Number.NaN],
    ['Byte', { dataType: DataType.Byte, value: 255 }, 255],
    ['UInt32', { dataType: DataType.UInt32, value: 4_294_967_295 }, 4_294_967_295],
    ['String', { dataType: DataType.String, value: 'LOT-1' }, 'LOT-1'],
    ['null String', { dataType: DataType.String, value: null }, null],
    ['Int64 that is exact', { dataType: DataType.Int64, value: [0xffff_ffff, 0xffff_fffe] }, -2],
    ['Int64, greatest exact', { dataType: DataType.Int64, value: [0x1f_ffff, 0xffff_ffff] }, Number.MAX_SAFE_INTEGER],
    ['Int64 beyond', { dataType: DataType.Int64, value: [0x20_0000, 0] }, '9007199254740992'],
    ['Int64, least', { dataType: DataType.Int64, value: [0x8000_0000, 0] }, '-9223372036854775808'],
    ['UInt64', { dataType: DataType.UInt64, value: [0, 42] }, 42],
    ['UInt64 beyond', { dataType: DataType.UInt64, value: [0xffff_ffff, 0xffff_ffff] }, '18446744073709551615'],
    ['DateTime', { dataType: DataType.DateTime, value: new Date(0) }, '1970-01-01T00:00:00.000Z'],
    ['LocalizedText', { dataType: DataType.LocalizedText, value: { locale: 'de', text: 'Läuft' } }, 'Läuft'],
    ['QualifiedName', { dataType: DataType.QualifiedName, value: { namespaceIndex: 2, name: 'Oven' } }, 'Oven'],
    ['ByteString', { dataType: DataType.ByteString, value: Buffer.from([1, 2, 3]) }, 'AQID'],
    ['StatusCode', { dataType: DataType.StatusCode, value: StatusCodes.BadTimeout }, 0x800a_0000],
    [
      'Guid',
      { dataType: DataType.Guid, value: '09087E75-8E5E-499B-954F-F2A9603DB28A' },
      '09087E75-8E5E-499B-954F-F2A9603DB28A',
    ],
    ['NodeId', { dataType: DataType.NodeId, value: resolveNodeId('ns=2;s=a') }, 'ns=2;s=a'],
    ['nothing', { dataType: DataType.Null }, null],
  ])('%s', (_, options, expected) => expect(value(options)).toEqual(expected));
});

describe('an array', () => {
  const doubles = { dataType: DataType.Double, arrayType: VariantArrayType.Array, value: [1.5, 2.5, 3.5] };

  test('is JSON, or one element of it', () => {
    expect(value(doubles)).toBe('[1.5,2.5,3.5]');
    expect(value(doubles, 1)).toBe(2.5);
    expect(value(doubles, 3)).toBeNull();
  });

  test('of 64-bit integers', () => {
    const counts = {
      dataType: DataType.UInt64,
      arrayType: VariantArrayType.Array,
      value: [
        [0, 1],
        [0, 2],
      ],
    };
    expect(value(counts)).toBe('[1,2]');
    expect(value(counts, 1)).toBe(2);
  });

  test('of texts, and an empty one', () => {
    expect(value({ dataType: DataType.String, arrayType: VariantArrayType.Array, value: ['a', null] })).toBe(
      '["a",null]',
    );
    expect(value({ dataType: DataType.String, arrayType: VariantArrayType.Array, value: [] })).toBe('[]');
  });

  test('an index into a scalar finds nothing', () => {
    expect(value({ dataType: DataType.Double, value: 1.5 }, 0)).toBeNull();
  });
});

describe('a sample', () => {
  const time = new Date('2026-03-01T12:00:00.123Z');

  test('has both times and the status as the server sent it', () => {
    const data = new DataValue({
      value: { dataType: DataType.Double, value: 2 },
      statusCode: StatusCodes.UncertainLastUsableValue,
      sourceTimestamp: time,
      serverTimestamp: new Date(time.getTime() + 5),
    });
    expect(sampleOf('a:x', data)).toEqual({
      signal: 'a:x',
      value: 2,
      status: 0x4090_0000,
      sourceTime: time.getTime(),
      serverTime: time.getTime() + 5,
    });
  });

  test('has no time where the server has none', () => {
    const none = new Date('1601-01-01T00:00:00.000Z');
    const data = new DataValue({
      value: { dataType: DataType.Double, value: 2 },
      sourceTimestamp: none,
      serverTimestamp: null,
    });
    expect(sampleOf('a:x', data)).toEqual({ signal: 'a:x', value: 2, status: 0 });
  });

  test('of a bad status has no value', () => {
    expect(sampleOf('a:x', new DataValue({ statusCode: StatusCodes.BadSensorFailure }))).toMatchObject({
      value: null,
      status: 0x808c_0000,
    });
  });
});
