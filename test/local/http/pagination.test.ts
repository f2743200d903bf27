import { expect, test } from 'vitest';
import { readPage } from '../../../local/http/pagination.ts';

test.each([
  ['', 1, 30],
  ['page=3&per_page=50', 3, 50],
  ['per_page=1000', 1, 100],
  ['page=0&per_page=-1', 1, 30],
  ['page=x&per_page=1.5', 1, 30],
  ['page=99999999999999999999', 1, 30],
])('the query "%s" asks for page %i of %i', (query, page, perPage) => {
  expect(readPage(new URLSearchParams(query))).toEqual({ page, perPage });
});
