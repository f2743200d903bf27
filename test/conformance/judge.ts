import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import ajvFormats from 'ajv-formats';
import { createRoutes, type Operation, type Route } from './routes.ts';

/** One request and its answer, as a server saw them. */
export interface Exchange {
  readonly method: string;
  /** After `/api/v3`, without the query, as sent (percent-encoded). */
  readonly path: string;
  readonly query: URLSearchParams | Readonly<Record<string, string | undefined>>;
  /** Parsed JSON; bytes or a string where the media type is another; undefined or null where there is none. */
  readonly requestBody: unknown;
  readonly status: number;
  readonly responseBody: unknown;
}

export interface Delivery {
  readonly event: string;
  /** Taken from the payload where it is absent. */
  readonly action?: string | undefined;
  readonly payload: unknown;
}

export interface Judge {
  /** The ways in which an exchange breaks GitHub's description; none is good. */
  exchange(exchange: Exchange): string[];
  /** The ways in which a webhook delivery breaks GitHub's description. */
  delivery(delivery: Delivery): string[];
}

interface Api {
  readonly source: string;
  readonly operations: readonly Operation[];
}
interface Webhooks {
  readonly source: string;
  readonly events: Readonly<Record<string, object>>;
}

/** What every endpoint may answer, described there or not: not modified, not allowed, not found, not valid. */
const GENERIC = new Set([304, 401, 403, 404, 422]);
/** Endpoints that answer other media types when `Accept` asks for them (diff, raw file), which the description leaves out. */
const OTHER_MEDIA = new Set([
  '/contents/{path}',
  '/commits/{ref}',
  '/compare/{basehead}',
  '/pulls/{pull_number}',
  '/releases/assets/{asset_id}',
]);
const MOST_ERRORS = 8;

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'));
}

function compilers(document: object, id: string, coerce: boolean): (pointer: string) => ValidateFunction {
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    validateSchema: false,
    coerceTypes: coerce,
    logger: false,
    // Of a schema that judges a few objects, making its code tidy takes longer than running it.
    code: { optimize: false },
  });
  ajvFormats.default(ajv);
  ajv.addFormat('uri-template', true); // 3,500 of GitHub's fields are templates; a pattern for them costs more than it finds
  ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/); // the addresses that GitHub gives bots hold brackets, which the standard's pattern refuses
  // GitHub itself writes '' where a URL is described and none was given (its own examples of deployment statuses do).
  ajv.addFormat('uri', /^(?:[a-z][a-z\d+.-]*:[^\s<>"{}|\\^`]+)?$/i);
  ajv.addSchema(document, id);
  const compiled = new Map<string, ValidateFunction>();
  return (pointer) => {
    const known = compiled.get(pointer);
    if (known !== undefined) return known;
    const made = ajv.getSchema(`${id}#${pointer}`);
    if (made === undefined) throw new Error(`${id} has no schema at ${pointer}; run npm run openapi:trim`);
    compiled.set(pointer, made);
    return made;
  };
}

function explain(error: ErrorObject): string {
  const where = error.instancePath === '' ? '' : ` at ${error.instancePath}`;
  const { propertyName, allowedValues } = error.params;
  if (error.keyword === 'propertyNames') return `unknown field "${propertyName}"${where}`;
  if (error.keyword === 'enum') return `must be one of ${JSON.stringify(allowedValues)}${where}`;
  return `${error.message}${where}`;
}

function faults(validate: ValidateFunction, value: unknown, what: string): string[] {
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).filter((error) => error.propertyName === undefined);
  return errors.slice(0, MOST_ERRORS).map((error) => `${what}: ${explain(error)}`);
}

/** Judges exchanges and deliveries by GitHub's own OpenAPI description, trimmed to `operations.json`; schemas compile when first used. */
export function createJudge(): Judge {
  const api = read<Api>('github.api.json');
  const webhooks = read<Webhooks>('github.webhooks.json');
  const find = createRoutes(api.operations);
  const schemaAt = compilers(api, 'api', false);
  const querySchema = compilers({ operations: api.operations.map(queryDocument) }, 'query', true);
  const eventSchema = compilers(webhooks, 'webhooks', false);

  const request = (route: Route, { query, requestBody }: Exchange, name: string): string[] => {
    const values = Object.fromEntries(query instanceof URLSearchParams ? query : Object.entries(query));
    const found = faults(querySchema(`/operations/${route.index}`), values, `${name} query`);
    if (isNothing(requestBody))
      return route.operation.bodyRequired ? [...found, `${name} request: the body is missing`] : found;
    if (route.operation.body !== undefined) {
      return [...found, ...faults(schemaAt(`/operations/${route.index}/body`), requestBody, `${name} request`)];
    }
    return route.operation.rawBody === true ? found : [...found, `${name} request: has a body, and none is described`];
  };

  const response = (route: Route, { status, responseBody }: Exchange, name: string): string[] => {
    const described = route.operation.responses[String(status)];
    const what = `${name} response ${status}`;
    if (described === undefined && !GENERIC.has(status)) return [`${what}: this status is not described`];
    if (described === undefined || (described.schema === undefined && (GENERIC.has(status) || status >= 400))) {
      return status === 304 || hasMessage(responseBody) ? [] : [`${what}: must be an object with a message`];
    }
    if (described.schema === undefined) {
      return described.raw === true || isNothing(responseBody) ? [] : [`${what}: has a body, and none is described`];
    }
    if (isRaw(responseBody) && otherMedia(route.operation)) return [];
    return faults(schemaAt(`/operations/${route.index}/responses/${status}/schema`), responseBody, what);
  };

  return {
    exchange: (exchange) => {
      if (exchange.status === 501) return []; // the local GitHub says what it lacks
      const route = find(exchange.method, exchange.path);
      if (route === undefined)
        return [`${exchange.method} ${exchange.path}: GitHub's description (as trimmed) has no such operation`];
      const name = `${exchange.method} ${route.operation.path}`;
      // What was refused may break the description: tests send such requests on purpose.
      const asked = exchange.status < 400 ? request(route, exchange, name) : [];
      return [...asked, ...response(route, exchange, name)];
    },
    delivery: ({ event, action, payload }) => {
      const name = eventName(webhooks, event, action ?? actionOf(payload));
      if (name === undefined)
        return [
          `webhook ${event}${action === undefined ? '' : `.${action}`}: is not among the described events (as trimmed)`,
        ];
      return faults(eventSchema(`/events/${name}`), payload, `webhook ${name}`);
    },
  };
}

/** The description calls `created` of workflow runs a time, and its words say that it takes the ranges of search. */
const DATE_RANGE = { type: 'string', pattern: '^(?:[<>]=?)?\\d{4}-\\d\\d-\\d\\d|^\\*\\.\\.' };

/** The query of an operation as the schema of an object; the values arrive as strings, so they are coerced. */
function queryDocument(operation: Operation): object {
  const entries = Object.entries(operation.query);
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([name, { schema }]) => [name, name === 'created' ? DATE_RANGE : schema]),
    ),
    required: entries.filter(([, { required }]) => required).map(([name]) => name),
    propertyNames: entries.length === 0 ? false : { enum: entries.map(([name]) => name) },
  };
}

function eventName(webhooks: Webhooks, event: string, action: string | undefined): string | undefined {
  const withAction = `${event}.${action}`;
  if (action !== undefined && withAction in webhooks.events) return withAction;
  return event in webhooks.events ? event : undefined;
}

function actionOf(payload: unknown): string | undefined {
  return typeof payload === 'object' && payload !== null && 'action' in payload ? String(payload.action) : undefined;
}

function hasMessage(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string';
}

function isNothing(body: unknown): boolean {
  if (body === undefined || body === null || body === '') return true;
  return typeof body === 'object' && Object.keys(body).length === 0;
}

function isRaw(body: unknown): boolean {
  return body === undefined || typeof body === 'string' || body instanceof Uint8Array;
}

function otherMedia(operation: Operation): boolean {
  return operation.method === 'GET' && OTHER_MEDIA.has(operation.path.replace('/repos/{owner}/{repo}', ''));
}
