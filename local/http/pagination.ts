import type { ApiRequest, ApiResponse } from './router.ts';

export interface Page {
  readonly page: number;
  readonly perPage: number;
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text);
  return text !== null && Number.isSafeInteger(value) && value > 0 ? value : fallback;
}

/** `page` and `per_page` of the query: 30 a page unless told, at most 100. */
export function readPage(query: URLSearchParams, perPage = 30): Page {
  return { page: positive(query.get('page'), 1), perPage: Math.min(100, positive(query.get('per_page'), perPage)) };
}

function linkHeader(request: ApiRequest, page: Page, total: number): Record<string, string> {
  const last = Math.max(1, Math.ceil(total / page.perPage));
  const link = (number: number, relation: string): string => {
    const query = new URLSearchParams(request.query);
    query.set('page', String(number));
    return `<${request.github.urls.api}${request.path}?${query}>; rel="${relation}"`;
  };
  const links: string[] = [];
  if (page.page > 1) links.push(link(page.page - 1, 'prev'));
  if (page.page < last) links.push(link(page.page + 1, 'next'), link(last, 'last'));
  if (page.page > 1) links.push(link(1, 'first'));
  return links.length === 0 ? {} : { link: links.join(', ') };
}

/**
 * Answers one page of `items` with GitHub's Link header.
 * @param wrap puts the page into an envelope such as `{total_count, check_runs}`; without it the answer is the list.
 */
export function paginated<T>(
  request: ApiRequest,
  items: readonly T[],
  render: (item: T) => unknown | Promise<unknown>,
  wrap?: (page: unknown[], total: number) => unknown,
): Promise<ApiResponse> {
  return paginatedBy(request, readPage(request.query), items, render, wrap);
}

async function paginatedBy<T>(
  request: ApiRequest,
  page: Page,
  items: readonly T[],
  render: (item: T) => unknown | Promise<unknown>,
  wrap?: (page: unknown[], total: number) => unknown,
): Promise<ApiResponse> {
  const start = (page.page - 1) * page.perPage;
  const slice = await Promise.all(items.slice(start, start + page.perPage).map((item) => render(item)));
  return {
    status: 200,
    body: wrap === undefined ? slice : wrap(slice, items.length),
    headers: linkHeader(request, page, items.length),
  };
}
