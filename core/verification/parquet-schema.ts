import type { ThriftSchema } from './thrift.ts';

/** Structures of the footer, by names of ours. */
export type ParquetStruct =
  | 'file'
  | 'schema'
  | 'logical'
  | 'empty'
  | 'decimal'
  | 'time'
  | 'unit'
  | 'integer'
  | 'variant'
  | 'geometry'
  | 'group'
  | 'sorting'
  | 'chunk'
  | 'column'
  | 'pair'
  | 'statistics'
  | 'encoding'
  | 'sizes'
  | 'places'
  | 'box'
  | 'order';

/** `parquet.thrift` of apache/parquet-format 2.12, but for encryption. */
export const PARQUET: ThriftSchema<ParquetStruct> = {
  file: { 1: 'number', 2: '[:schema', 3: 'number', 4: '[:group', 5: '[:pair', 6: 'text', 7: '[:order' },
  schema: {
    ...{ 1: 'number', 2: 'number', 3: 'number', 4: 'text', 5: 'number', 6: 'number', 7: 'number', 8: 'number' },
    ...{ 9: 'number', 10: ':logical' },
  },
  logical: {
    ...{ 1: ':empty', 2: ':empty', 3: ':empty', 4: ':empty', 5: ':decimal', 6: ':empty', 7: ':time', 8: ':time' },
    ...{ 10: ':integer', 11: ':empty', 12: ':empty', 13: ':empty', 14: ':empty', 15: ':empty' },
    ...{ 16: ':variant', 17: ':geometry', 18: ':geometry' },
  },
  empty: {},
  decimal: { 1: 'number', 2: 'number' },
  time: { 1: 'number', 2: ':unit' },
  unit: { 1: ':empty', 2: ':empty', 3: ':empty' },
  integer: { 1: 'number', 2: 'number' },
  variant: { 1: 'number' },
  geometry: { 1: 'text', 2: 'number' },
  group: { 1: '[:chunk', 2: 'number', 3: 'number', 4: '[:sorting', 5: 'number', 6: 'number', 7: 'number' },
  sorting: { 1: 'number', 2: 'number', 3: 'number' },
  chunk: { 1: 'text', 2: 'number', 3: ':column', 4: 'number', 5: 'number', 6: 'number', 7: 'number' },
  column: {
    ...{ 1: 'number', 2: '[number', 3: '[text', 4: 'number', 5: 'number', 6: 'number', 7: 'number', 8: '[:pair' },
    ...{ 9: 'number', 10: 'number', 11: 'number', 12: ':statistics', 13: '[:encoding', 14: 'number', 15: 'number' },
    ...{ 16: ':sizes', 17: ':places' },
  },
  pair: { 1: 'text', 2: 'text' },
  statistics: { 1: 'data', 2: 'data', 3: 'number', 4: 'number', 5: 'data', 6: 'data', 7: 'number', 8: 'number' },
  encoding: { 1: 'number', 2: 'number', 3: 'number' },
  sizes: { 1: 'number', 2: '[number', 3: '[number' },
  places: { 1: ':box', 2: '[number' },
  box: { 1: 'number', 2: 'number', 3: 'number', 4: 'number', 5: 'number', 6: 'number', 7: 'number', 8: 'number' },
  order: { 1: ':empty', 2: ':empty' },
};
