import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import ajvFormats from 'ajv-formats';
import { z } from 'zod';
import type { Json } from './json.ts';

/**
 * What Kubernetes 1.36 itself says of its API (`api/openapi-spec/swagger.json`), and Kubeflow Trainer of its resources, as
 * `scripts/trim-kubernetes.ts` trims them: objects are closed, so that a field nobody described is refused as with
 * `fieldValidation=Strict`. Left out of the description by Kubernetes itself is `sinceTime` of a log.
 */
const Trimmed = z.object({
  operations: z.array(
    z.object({
      method: z.string(),
      path: z.string(),
      query: z.array(z.string()),
      consumes: z.array(z.string()),
      body: z.unknown().optional(),
      responses: z.record(z.string(), z.unknown()),
    }),
  ),
  custom: z.record(z.string(), z.unknown()),
});
const FILE = join(import.meta.dirname, '../../conformance/kubernetes.api.json');
const PATCHES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];
const TRAINER = '/apis/trainer.kubeflow.org/v1alpha1/namespaces/{namespace}';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly consumes: readonly string[];
  readonly body: ValidateFunction | null;
  readonly responses: Readonly<Record<string, ValidateFunction>>;
}

/** Where a request goes; `resource` is the plural, `sub` what follows a name. */
export interface Route {
  readonly operation: Operation;
  readonly group: string;
  readonly resource: string;
  readonly sub: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
}

export interface Description {
  /** Null for what is not described, or not trimmed to. */
  route(method: string, path: string): Route | null;
  takes(route: Route, contentType: string): boolean;
  /** The ways in which a request breaks the description; none is good. */
  request(route: Route, query: URLSearchParams, body: Json): string[];
  answer(route: Route, status: number, body: Json): string[];
  /** As a whole: what is stored after a patch, say. */
  object(kind: 'Job' | 'Pod' | 'trainjobs' | 'trainingruntimes', value: Json): string[];
}

export function readDescription(): Description {
  const raw: Json = JSON.parse(readFileSync(FILE, 'utf8'));
  const trimmed = Trimmed.parse(raw);
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    validateSchema: false,
    logger: false,
    code: { optimize: false },
  });
  ajvFormats.default(ajv);
  ajv.addSchema(raw, 'kubernetes');
  const at = (...pointer: readonly (string | number)[]): ValidateFunction => {
    const validate = ajv.getSchema(`kubernetes#/${pointer.join('/')}`);
    if (validate === undefined) throw new Error(`the description has nothing at ${pointer.join('/')}`);
    return validate;
  };
  const described = trimmed.operations.map(({ body, responses, ...rest }, index) => ({
    ...rest,
    body: body === undefined ? null : at('operations', index, 'body'),
    responses: Object.fromEntries(
      Object.keys(responses).map((status) => [status, at('operations', index, 'responses', status)]),
    ),
  }));
  const operations = [...described, ...Object.keys(trimmed.custom).flatMap((plural) => customOperations(plural, at))];
  const status = at('objects', 'Status');
  return {
    route(method, path) {
      for (const operation of operations) {
        const names = operation.method === method ? matched(operation.path, path) : null;
        if (names !== null) return routeOf(operation, names);
      }
      return null;
    },
    takes: ({ operation }, contentType) =>
      operation.consumes.includes('*/*') || operation.consumes.includes(contentType),
    request({ operation }, query, body) {
      const known = [...operation.query, 'sinceTime'];
      const strange = [...query.keys()].filter((name) => !known.includes(name)).map((name) => `query: no ${name}`);
      return body === undefined || operation.body === null ? strange : [...strange, ...problems(operation.body, body)];
    },
    answer({ operation }, code, body) {
      // What any request may be answered with, described or not.
      const validate = code >= 400 ? status : operation.responses[String(code)];
      return validate === undefined ? [`${code} is no answer of it`] : problems(validate, body);
    },
    object: (kind, value) =>
      problems(kind === 'Job' || kind === 'Pod' ? at('objects', kind) : at('custom', kind), value),
  };
}

/** What an API server serves for every custom resource. */
function customOperations(plural: string, at: (...pointer: (string | number)[]) => ValidateFunction): Operation[] {
  const object = at('custom', plural);
  const status = at('objects', 'Status');
  const item = `${TRAINER}/${plural}/{name}`;
  const any = { consumes: ['*/*'] };
  return [
    {
      ...any,
      method: 'POST',
      path: `${TRAINER}/${plural}`,
      query: ['fieldValidation'],
      body: object,
      responses: { 201: object },
    },
    { ...any, method: 'GET', path: item, query: [], body: null, responses: { 200: object } },
    { consumes: PATCHES, method: 'PATCH', path: item, query: [], body: null, responses: { 200: object } },
    { ...any, method: 'DELETE', path: item, query: [], body: null, responses: { 200: status } },
  ];
}

function matched(template: string, path: string): Record<string, string> | null {
  const [wanted, given] = [template.split('/'), path.split('/')];
  if (wanted.length !== given.length) return null;
  const names: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith('{') && value !== '') names[part.slice(1, -1)] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return names;
}

function routeOf(operation: Operation, names: Record<string, string>): Route {
  const parts = operation.path.split('/').slice(1);
  const group = parts[0] === 'api' ? '' : (parts[1] ?? '');
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  const [resource = '', , sub = null] = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
  return { operation, group, resource, sub, namespace: names['namespace'] ?? null, name: names['name'] ?? null };
}

function problems(validate: ValidateFunction, value: Json): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? [])
    .slice(0, 8)
    .map(({ instancePath, message = '', params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`);
}
