/**
 * Trims Kubernetes' published OpenAPI description to the operations that `test/conformance/kubernetes.operations.json` lists,
 * and the schemas of Kubeflow Trainer's resources to what we use of them. Both are of the Apache License 2.0. What it writes
 * is the judge of the API server that everyday tests run against (test/fakes/kubernetes). Run it with
 * `node scripts/trim-kubernetes.ts` after a change of the list; it needs Go, which fetches the modules.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { isObject, type Json, type JsonObject } from './openapi/simplify.ts';

/** The same as test/adapters/engines/kubernetes/real/build.sh builds. */
const MODULES = { kubernetes: 'k8s.io/kubernetes@v1.36.3', trainer: 'github.com/kubeflow/trainer/v2@v2.2.0' };
const CUSTOM = ['trainjobs', 'trainingruntimes'] as const;
/** Of Trainer's schemas: copies of what Kubernetes itself describes, and what we never set. */
const REPLACED: readonly (readonly [string, Json])[] = [
  ['spec.template.spec.replicatedJobs.items.template', { $ref: '#/definitions/io.k8s.api.batch.v1.JobTemplateSpec' }],
  ['spec.trainer.resourcesPerNode', { $ref: '#/definitions/io.k8s.api.core.v1.ResourceRequirements' }],
  ['spec.initializer', false],
  ['spec.runtimePatches', false],
  ['spec.trainer.env', false],
];
const META: Json = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
const KEPT = ['$ref', 'type', 'enum', 'required', 'minimum', 'maximum', 'minLength', 'maxLength', 'pattern'];
const conformance = join(import.meta.dirname, '..', 'test', 'conformance');

const Downloaded = z.object({ Dir: z.string() });
function moduleFolder(module: string, from: string): string {
  const answer = execFileSync('go', ['mod', 'download', '-json', module], { cwd: from, encoding: 'utf8' });
  return Downloaded.parse(JSON.parse(answer)).Dir;
}

/** As plain JSON Schema, in which an object with properties has no others: what `fieldValidation=Strict` refuses. */
function strict(schema: Json | undefined): Json {
  if (!isObject(schema)) return schema ?? {};
  if (schema['format'] === 'int-or-string' || schema['x-kubernetes-int-or-string'] === true)
    return { type: ['integer', 'string'] };
  const out: JsonObject = {};
  for (const key of KEPT) {
    const value = schema[key];
    if (value !== undefined) out[key] = value;
  }
  if (schema['format'] === 'date-time') out['format'] = 'date-time';
  const properties = schema['properties'];
  if (isObject(properties)) {
    out['properties'] = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, strict(value)]));
    out['additionalProperties'] = false;
  }
  if (schema['items'] !== undefined) out['items'] = strict(schema['items']);
  if (schema['additionalProperties'] !== undefined)
    out['additionalProperties'] = strict(schema['additionalProperties']);
  return out;
}

function objectAt(value: Json | undefined, where: string): JsonObject {
  if (!isObject(value)) throw new Error(`expected an object at ${where}; the description has changed its shape`);
  return value;
}

function trimOperation(document: JsonObject, wanted: string): JsonObject {
  const [method = '', path = ''] = wanted.split(' ');
  const item = objectAt(objectAt(document['paths'], 'paths')[path], wanted);
  const operation = objectAt(item[method.toLowerCase()], wanted);
  const shared = objectAt(document['parameters'], 'parameters');
  const parameters = [item['parameters'], operation['parameters']]
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .map((one) => objectAt(one, wanted))
    .map((one) =>
      typeof one['$ref'] === 'string' ? objectAt(shared[one['$ref'].split('/').at(-1) ?? ''], wanted) : one,
    );
  const body = parameters.find((one) => one['in'] === 'body');
  const responses = Object.entries(objectAt(operation['responses'], wanted)).map(([status, response]) => [
    status,
    strict(objectAt(response, wanted)['schema'] ?? true),
  ]);
  return {
    method,
    path,
    query: parameters.filter((one) => one['in'] === 'query').map((one) => one['name'] ?? ''),
    consumes: operation['consumes'] ?? [],
    ...(body === undefined ? {} : { body: strict(body['schema']) }),
    responses: Object.fromEntries(responses),
  };
}

/** The schema of a custom resource, from the manifest with which it is installed. */
function customSchema(folder: string, plural: string): Json {
  const file = join(folder, 'manifests/base/crds', `trainer.kubeflow.org_${plural}.yaml`);
  const crd: JsonObject = parse(readFileSync(file, 'utf8'));
  const { versions } = objectAt(crd['spec'], 'spec');
  const [version] = Array.isArray(versions) ? versions : [];
  const holder = objectAt(objectAt(version, plural)['schema'], plural);
  const schema = objectAt(strict(holder['openAPIV3Schema']), plural);
  objectAt(schema['properties'], plural)['metadata'] = META;
  for (const [path, by] of REPLACED) replace(schema, path.split('.'), by);
  return schema;
}

function replace(schema: JsonObject, [key = '', ...rest]: readonly string[], by: Json): void {
  const holder = key === 'items' ? schema : schema['properties'];
  if (!isObject(holder) || holder[key] === undefined) return;
  if (rest.length === 0) holder[key] = by;
  else if (isObject(holder[key])) replace(holder[key], rest, by);
}

/** The definitions that `roots` reach, in order of name. */
function reachable(document: JsonObject, roots: Json): JsonObject {
  const definitions = objectAt(document['definitions'], 'definitions');
  const found = new Map<string, Json>();
  const visit = (value: Json): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isObject(value)) {
      const reference = value['$ref'];
      const name = typeof reference === 'string' ? reference.replace('#/definitions/', '') : '';
      if (name !== '' && !found.has(name)) {
        const schema = strict(definitions[name]);
        found.set(name, schema);
        visit(schema);
      }
      Object.values(value).forEach(visit);
    }
  };
  visit(roots);
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'trim-kubernetes-'));
  try {
    const kubernetes = moduleFolder(MODULES.kubernetes, folder);
    const trainer = moduleFolder(MODULES.trainer, folder);
    const document: JsonObject = JSON.parse(readFileSync(join(kubernetes, 'api/openapi-spec/swagger.json'), 'utf8'));
    const wanted: string[] = JSON.parse(readFileSync(join(conformance, 'kubernetes.operations.json'), 'utf8'));
    const part: JsonObject = {
      operations: wanted.map((one) => trimOperation(document, one)),
      custom: Object.fromEntries(CUSTOM.map((plural) => [plural, customSchema(trainer, plural)])),
      // What is patched, and what is listed, is judged as a whole.
      objects: {
        Pod: { $ref: '#/definitions/io.k8s.api.core.v1.Pod' },
        Job: { $ref: '#/definitions/io.k8s.api.batch.v1.Job' },
        Status: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status' },
      },
    };
    const source = `${Object.values(MODULES).join(', ')} (Apache-2.0)`;
    const text = JSON.stringify({ source, ...part, definitions: reachable(document, part) });
    writeFileSync(join(conformance, 'kubernetes.api.json'), `${text}\n`);
    console.log(`kubernetes.api.json: ${Math.round(text.length / 1024)} KiB from ${source}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
