import { randomBytes, randomUUID } from 'node:crypto';
import type { Json } from './json.ts';

/** How the API refuses, as its `Status` object says it. */
export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.reason = reason;
  }
}

export interface Removal {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
}

/** What an API server keeps, with the rules that hold for objects of every kind. Each change gives a new resourceVersion. */
export class Objects {
  readonly #kept = new Map<string, Json>();
  readonly #clock: () => number;
  #version = 1000;

  /** @param clock milliseconds since the epoch */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  now(ahead = 0): string {
    return new Date(this.#clock() + ahead * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  all(resource: string): Json[] {
    return [...this.#kept].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object);
  }

  find(resource: string, name: string): Json | null {
    return this.#kept.get(`${resource}/${name}`) ?? null;
  }

  /** @throws Refusal NotFound */
  get(resource: string, name: string): Json {
    const found = this.find(resource, name);
    if (found === null) throw new Refusal(404, 'NotFound', `${resource} "${name}" not found`);
    return found;
  }

  /** @throws Refusal AlreadyExists */
  create(resource: string, manifest: Json): Json {
    const { generateName, ...metadata } = manifest.metadata;
    const name: string = metadata.name ?? `${generateName}${randomBytes(3).toString('hex').slice(0, 5)}`;
    if (this.find(resource, name) !== null)
      throw new Refusal(409, 'AlreadyExists', `${resource} "${name}" already exists`);
    const object = structuredClone({
      ...manifest,
      metadata: { ...metadata, name, uid: randomUUID(), creationTimestamp: this.now(), generation: 1 },
    });
    this.#kept.set(`${resource}/${name}`, object);
    this.#touch(object);
    return object;
  }

  /** A JSON merge patch (RFC 7396). @throws Refusal NotFound, Conflict where it names another resourceVersion */
  patch(resource: string, name: string, change: Json, judge: (patched: Json) => void = () => undefined): Json {
    const object = this.get(resource, name);
    const named = change.metadata?.resourceVersion;
    if (named !== undefined && named !== object.metadata.resourceVersion)
      throw new Refusal(
        409,
        'Conflict',
        `Operation cannot be fulfilled on ${resource} "${name}": the object has been modified`,
      );
    const patched = merged(object, change);
    judge(patched);
    if (JSON.stringify(patched.spec) !== JSON.stringify(object.spec)) patched.metadata.generation += 1;
    for (const key of Object.keys(object)) delete object[key];
    Object.assign(object, patched);
    this.#touch(object);
    return object;
  }

  /** For the cluster's own hands. */
  change(object: Json, by: (object: Json) => void): void {
    by(object);
    this.#touch(object);
  }

  /** As a DELETE: at once, or when grace period and finalizers are over. */
  remove(resource: string, name: string, { gracePeriodSeconds, propagationPolicy }: Removal = {}): void {
    const object = this.get(resource, name);
    const { metadata } = object;
    const own =
      resource === 'pods' && object.spec.nodeName !== undefined ? (object.spec.terminationGracePeriodSeconds ?? 30) : 0;
    const grace = Math.min(gracePeriodSeconds ?? own, metadata.deletionGracePeriodSeconds ?? Number.POSITIVE_INFINITY);
    if (propagationPolicy === 'Foreground')
      metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), 'foregroundDeletion'])];
    metadata.deletionTimestamp ??= this.now(grace);
    metadata.deletionGracePeriodSeconds = grace;
    this.#touch(object);
    this.settle(resource, object);
  }

  /** Takes away what was deleted and waits for nothing any more. */
  settle(resource: string, object: Json): void {
    const { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [], name } = object.metadata;
    if (deletionTimestamp === undefined || deletionGracePeriodSeconds > 0 || finalizers.length > 0) return;
    this.#kept.delete(`${resource}/${name}`);
  }

  dropFinalizer(resource: string, object: Json, finalizer: string): void {
    const { finalizers = [] } = object.metadata;
    if (!finalizers.includes(finalizer)) return;
    object.metadata.finalizers = finalizers.filter((one: string) => one !== finalizer);
    this.#touch(object);
    this.settle(resource, object);
  }

  #touch(object: Json): void {
    this.#version += 1;
    object.metadata.resourceVersion = String(this.#version);
  }
}

function merged(target: Json, change: Json): Json {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return structuredClone(change);
  const out: Json = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete out[key];
    else out[key] = merged(out[key], value);
  }
  return out;
}
