/**
 * Trims GitHub's published OpenAPI description to the operations and webhook events that `test/conformance/operations.json`
 * lists, and writes what the judge of `test/conformance/judge.ts` reads. Run it with `npm run openapi:trim` after a change of
 * that list; its output depends on the list and the two package versions only.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeRequest } from './openapi/close-request.ts';
import { foldRepeats } from './openapi/fold-repeats.ts';
import { isObject, type Json, type JsonObject, simplify } from './openapi/simplify.ts';

const PACKAGES = { api: '@octokit/openapi@23.0.2', webhooks: '@octokit/openapi-webhooks@12.1.0' };
const conformance = join(import.meta.dirname, '..', 'test', 'conformance');

interface Wanted {
  readonly operations: readonly string[];
  readonly events: readonly string[];
}

/** Looks a `#/a/b` pointer up in a document. @throws Error when it leads nowhere. */
function lookUp(document: Json, pointer: string): JsonObject {
  let at: Json | undefined = document;
  for (const key of pointer.slice(2).split('/')) at = isObject(at) ? at[key] : undefined;
  if (!isObject(at)) throw new Error(`the description has nothing at ${pointer}`);
  return at;
}

function follow(document: Json, value: Json | undefined): JsonObject {
  if (!isObject(value)) return {};
  const reference = value['$ref'];
  return typeof reference === 'string' ? lookUp(document, reference) : value;
}

/** The JSON schema of a body or response, or undefined where only other media types are described. */
function jsonSchema(holder: JsonObject): Json | undefined {
  const content = isObject(holder['content']) ? holder['content'] : {};
  const media = content['application/json'];
  return isObject(media) ? media['schema'] : undefined;
}

function trimParameters(document: Json, parameters: Json | undefined): JsonObject {
  const query: JsonObject = {};
  for (const entry of Array.isArray(parameters) ? parameters : []) {
    const parameter = follow(document, entry);
    if (parameter['in'] !== 'query') continue;
    const name = String(parameter['name']);
    query[name] = { required: parameter['required'] === true, schema: simplify(parameter['schema'] ?? {}) };
  }
  return query;
}

function trimResponses(document: Json, responses: Json | undefined): JsonObject {
  const trimmed: JsonObject = {};
  for (const [status, entry] of Object.entries(isObject(responses) ? responses : {})) {
    const response = follow(document, entry);
    const schema = jsonSchema(response);
    const media = isObject(response['content']) ? Object.keys(response['content']) : [];
    trimmed[status] = {
      ...(schema === undefined ? {} : { schema: simplify(schema) }),
      ...(media.some((type) => type !== 'application/json') ? { raw: true } : {}),
    };
  }
  return trimmed;
}

function trimOperation(document: JsonObject, wanted: string): JsonObject {
  const [method = '', path = ''] = wanted.split(' ');
  const paths = isObject(document['paths']) ? document['paths'] : {};
  const item = paths[path];
  const operation = isObject(item) ? item[method.toLowerCase()] : undefined;
  if (!isObject(operation)) throw new Error(`${PACKAGES.api} does not describe "${wanted}"; correct operations.json`);
  const request = follow(document, operation['requestBody']);
  const body = jsonSchema(request);
  return {
    method,
    path,
    query: trimParameters(document, operation['parameters']),
    ...(body === undefined ? {} : { body: closeRequest(simplify(body), (ref) => simplify(lookUp(document, ref))) }),
    ...(body === undefined && isObject(request['content']) ? { rawBody: true } : {}),
    bodyRequired: request['required'] === true && body !== undefined,
    responses: trimResponses(document, operation['responses']),
  };
}

/** Our name of an event (`check_run.requested_action`) in the description's spelling (`check-run-requested-action`). */
function webhookSchema(document: JsonObject, event: string): Json {
  const name =
    event === 'repository_dispatch' ? 'repository-dispatch-sample.collected' : event.replaceAll(/[_.]/g, '-');
  const webhooks = isObject(document['webhooks']) ? document['webhooks'] : {};
  const item = webhooks[name];
  const post = isObject(item) ? item['post'] : undefined;
  const schema = isObject(post) ? jsonSchema(follow(document, post['requestBody'])) : undefined;
  if (schema === undefined)
    throw new Error(`${PACKAGES.webhooks} does not describe "${event}"; correct operations.json`);
  return simplify(schema);
}

/** The component schemas that `roots` reach, by name, in order of name. */
function reachable(document: JsonObject, roots: Json): JsonObject {
  const found = new Map<string, Json>();
  const visit = (value: Json): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isObject(value)) {
      const reference = value['$ref'];
      if (typeof reference === 'string') {
        const name = reference.replace('#/components/schemas/', '');
        if (found.has(name)) return;
        const schema = simplify(lookUp(document, reference));
        found.set(name, schema);
        visit(schema);
      } else Object.values(value).forEach(visit);
    }
  };
  visit(roots);
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function write(name: string, source: string, part: JsonObject, document: JsonObject): void {
  const trimmed = foldRepeats({ ...part, components: { schemas: reachable(document, part) } });
  const text = JSON.stringify({ source, ...trimmed });
  writeFileSync(join(conformance, name), `${text}\n`);
  console.log(`${name}: ${Math.round(text.length / 1024)} KiB from ${source}`);
}

function main(): void {
  const wanted: Wanted = JSON.parse(readFileSync(join(conformance, 'operations.json'), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'trim-openapi-'));
  try {
    const versions = Object.values(PACKAGES);
    execFileSync('npm', ['install', '--ignore-scripts', '--no-save', '--prefix', folder, ...versions], {
      stdio: 'inherit',
    });
    const read = (name: string): JsonObject =>
      JSON.parse(
        readFileSync(join(folder, 'node_modules', '@octokit', name, 'generated', 'api.github.com.json'), 'utf8'),
      );
    const api = read('openapi');
    write(
      'github.api.json',
      PACKAGES.api,
      { operations: wanted.operations.map((one) => trimOperation(api, one)) },
      api,
    );
    const webhooks = read('openapi-webhooks');
    const events = Object.fromEntries(wanted.events.map((event) => [event, webhookSchema(webhooks, event)]));
    write('github.webhooks.json', PACKAGES.webhooks, { events }, webhooks);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
