import type { Description, Route } from './description.ts';
import type { Json } from './json.ts';
import { type Objects, Refusal } from './objects.ts';
import { disruption } from './scheduler.ts';

export interface Asked {
  readonly route: Route;
  readonly query: URLSearchParams;
  readonly body: Json;
}
export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** What a request does, and its answer. @throws Refusal */
export function act(objects: Objects, { route, query, body }: Asked, description: Description): Answer {
  const { resource, sub, namespace } = route;
  const name = route.name ?? '';
  switch (route.operation.method) {
    case 'POST':
      if (sub === 'eviction') return evict(objects, name);
      return { status: 201, body: objects.create(resource, defaulted(resource, namespace, body)) };
    case 'PATCH':
      return { status: 200, body: patch(objects, route, body, description) };
    case 'DELETE': {
      objects.remove(resource, name, { ...body });
      const gone: Json = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success' };
      return { status: 200, body: resource === 'pods' ? (objects.find(resource, name) ?? podGone(name)) : gone };
    }
    default:
      return { status: 200, body: route.name === null ? list(objects, resource, query) : objects.get(resource, name) };
  }
}

function podGone(name: string): Json {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name } };
}

/** What the server itself sets where a manifest says nothing. */
function defaulted(resource: string, namespace: string | null, manifest: Json): Json {
  const metadata = { ...manifest.metadata, ...(namespace === null ? {} : { namespace }) };
  if (metadata.namespace !== manifest.metadata.namespace && manifest.metadata.namespace !== undefined)
    throw new Refusal(400, 'BadRequest', 'the namespace of the object does not match the namespace of the request');
  if (resource === 'jobs') return { ...manifest, metadata, status: {} };
  if (resource !== 'secrets' || manifest.stringData === undefined) return { ...manifest, metadata };
  const { stringData, ...secret } = manifest;
  return { ...secret, metadata, data: encoded(stringData) };
}

function encoded(texts: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

function patch(objects: Objects, { resource, sub, name }: Route, change: Json, description: Description): Json {
  const { stringData, ...rest } = change;
  const meant = stringData === undefined ? rest : { ...rest, data: encoded(stringData) };
  // A status and the rest of an object are written apart from each other.
  const { status, ...others } = meant;
  const before = objects.get(resource, name ?? '');
  return objects.patch(resource, name ?? '', sub === 'status' ? { status } : others, (patched) => {
    const kind = resource === 'jobs' ? 'Job' : resource === 'pods' ? 'Pod' : resource;
    if (kind === 'Job' || kind === 'Pod' || kind === 'trainjobs' || kind === 'trainingruntimes') {
      const problems = description.object(kind, patched);
      if (problems.length > 0) throw new Refusal(422, 'Invalid', problems.join('; '));
    }
    if (kind === 'Job' && JSON.stringify(patched.spec.template) !== JSON.stringify(before.spec.template))
      throw new Refusal(422, 'Invalid', 'spec.template: field is immutable');
  });
}

function evict(objects: Objects, name: string): Answer {
  objects.change(objects.get('pods', name), ({ status }) => {
    status.conditions = [...(status.conditions ?? []), disruption('EvictionByEvictionAPI', 'Eviction API: evicting')];
  });
  objects.remove('pods', name);
  return { status: 201, body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } } };
}

function list(objects: Objects, resource: string, query: URLSearchParams): Json {
  const labels = requirements(query.get('labelSelector'));
  const fields = requirements(query.get('fieldSelector'));
  const at = (object: Json, path: string): Json => path.split('.').reduce((value, key) => value?.[key], object);
  const found = objects
    .all(resource)
    .filter(({ metadata }) => labels.every(([key, value]) => metadata.labels?.[key] === value))
    .filter((object) => fields.every(([path, value]) => (at(object, path) ?? '') === value));
  const limit = Number(query.get('limit') ?? found.length);
  const kind = resource === 'pods' ? 'PodList' : 'EventList';
  const metadata = { resourceVersion: '1', ...(found.length > limit ? { continue: 'more' } : {}) };
  return { apiVersion: 'v1', kind, metadata, items: found.slice(0, limit) };
}

/** Equalities alone. */
function requirements(selector: string | null): (readonly [string, string])[] {
  return (selector ?? '')
    .split(',')
    .filter((one) => one !== '')
    .map((one) => {
      const [key = '', value, ...rest] = one.split('=');
      if (value === undefined || rest.length > 0 || /[!()\s]/.test(one))
        throw new Refusal(501, 'NotImplemented', `the selector ${one} is not served here`);
      return [key, value] as const;
    });
}
