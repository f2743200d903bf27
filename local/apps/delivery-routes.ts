import { readId } from '../http/body.ts';
import { notFound } from '../http/errors.ts';
import { readPage } from '../http/pagination.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/router.ts';
import { requireApp } from './app-routes.ts';
import type { Delivery } from './delivery.ts';
import { deliveryItemView, deliveryView } from './views.ts';
import { redeliveryOf } from './webhooks.ts';

function matches(delivery: Delivery, status: string | null): boolean {
  if (status === null) return true;
  const success = delivery.statusCode >= 200 && delivery.statusCode < 400;
  return status === 'success' ? success : !success;
}

/** Newest first; the cursor is the id of the last delivery on the page before. */
function list(request: ApiRequest): ApiResponse {
  const app = requireApp(request);
  const { perPage } = readPage(request.query);
  const cursor = /^v1_(\d+)$/.exec(request.query.get('cursor') ?? '')?.[1];
  const before = cursor === undefined ? Number.POSITIVE_INFINITY : Number(cursor);
  const found = request.github.tables.deliveries
    .list({ appId: app.id })
    .filter((one) => one.id < before && one.status !== 'pending' && matches(one, request.query.get('status')))
    .reverse();
  const page = found.slice(0, perPage);
  const last = page.at(-1);
  if (last === undefined || found.length <= perPage) return { status: 200, body: page.map(deliveryItemView) };
  const next = new URLSearchParams(request.query);
  next.set('cursor', `v1_${last.id}`);
  const link = `<${request.github.urls.api}${request.path}?${next}>; rel="next"`;
  return { status: 200, body: page.map(deliveryItemView), headers: { link } };
}

function requireDelivery(request: ApiRequest): Delivery {
  const delivery = request.github.tables.deliveries.get(readId(request, 'delivery_id'));
  if (delivery === undefined || delivery.appId !== requireApp(request).id) throw notFound();
  return delivery;
}

function get(request: ApiRequest): ApiResponse {
  return { status: 200, body: deliveryView(request.github, requireDelivery(request)) };
}

function redeliver(request: ApiRequest): ApiResponse {
  const delivery = redeliveryOf(request.github, requireDelivery(request));
  request.github.deliver(requireApp(request), delivery);
  return { status: 202, body: {} };
}

export const deliveryRoutes: readonly Route[] = [
  { method: 'GET', path: '/app/hook/deliveries', access: 'app', handle: list },
  { method: 'GET', path: '/app/hook/deliveries/{delivery_id}', access: 'app', handle: get },
  { method: 'POST', path: '/app/hook/deliveries/{delivery_id}/attempts', access: 'app', handle: redeliver },
];
