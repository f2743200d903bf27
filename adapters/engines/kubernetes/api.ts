import type { z } from 'zod';
import { PortError } from '../../../flows/ports.ts';
import type { Cluster } from './cluster.ts';
import { Status } from './objects.ts';
import { TRAINER } from './train-job.ts';
import { type Answered, type Asked, ask, askStream, type Take } from './wire.ts';

/** An answer as far as we read it, and the server's clock at it. */
export interface Read<T> {
  readonly value: T;
  readonly now: number;
}

/** Requests to one API server, with its refusals in the port's words. */
export class KubernetesApi {
  readonly #cluster: Cluster;
  readonly #clock: () => number;

  /** @param clock milliseconds since the epoch, where the server does not say its own */
  constructor(cluster: Cluster, clock: () => number) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** Null where there is none. */
  async read<T>(
    path: string,
    schema: z.ZodType<T>,
    query: Readonly<Record<string, string>> = {},
  ): Promise<Read<T> | null> {
    const answer = await ask(this.#cluster, { method: 'GET', path, query });
    if (answer.status === 404) return null;
    this.#check(answer, path, 'read');
    return { value: parse(answer, path, schema), now: answer.date ?? this.#clock() };
  }

  /**
   * Strictly: a server too old for one of our fields refuses it, where it would otherwise leave out what confines a run.
   * @returns what was made; null where one of that name is there already
   */
  async create<T>(path: string, manifest: unknown, schema: z.ZodType<T>): Promise<T | null> {
    const answer = await ask(this.#cluster, {
      method: 'POST',
      path,
      query: { fieldValidation: 'Strict' },
      body: manifest,
    });
    if (answer.status === 409 && reasonOf(answer) === 'AlreadyExists') return null;
    this.#check(answer, path, 'create');
    return parse(answer, path, schema);
  }

  /** A JSON merge patch. @returns false where there is nothing to change */
  async patch(path: string, change: unknown): Promise<boolean> {
    const answer = await ask(this.#cluster, { method: 'PATCH', path, body: change });
    if (answer.status === 404) return false;
    this.#check(answer, path, 'patch');
    return true;
  }

  /** Takes away, with all that belongs to it; nothing where there is none. */
  async remove(path: string): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground' };
    const answer = await ask(this.#cluster, { method: 'DELETE', path, body });
    if (answer.status !== 404) this.#check(answer, path, 'delete');
  }

  /** Reads bytes as they come. @returns false where there are none, or none yet */
  async stream(path: string, query: Readonly<Record<string, string>>, take: Take): Promise<boolean> {
    const asked: Asked = { method: 'GET', path, query };
    const answer = await askStream(this.#cluster, asked, take);
    // 400: the container waits to start, or its log was cleared away with its machine.
    if (answer.status === 404 || answer.status === 400) return false;
    this.#check(answer, path, 'read');
    return true;
  }

  #check(answer: Answered, path: string, verb: string): void {
    const { status } = answer;
    if (status >= 200 && status < 300) return;
    const said = messageOf(answer);
    const where = `kubernetes: ${verb} ${path}`;
    if (status === 429) {
      const until = this.#clock() + (answer.retryAfter ?? 1000);
      throw new PortError('rate_limited', `${where}: the API server is busy`, { until });
    }
    if (status === 401) {
      throw new PortError(
        'forbidden',
        `${where}: the App's credentials are not, or no longer, accepted; renew those of its kubeconfig or service account`,
      );
    }
    if (status === 403 && /exceeded quota|forbidden: exceeded/.test(said)) {
      throw new PortError('malformed', `${where}: the namespace's quota does not allow it: ${said}`);
    }
    if (status === 403 && /violates PodSecurity|denied the request/.test(said)) {
      throw new PortError('malformed', `${where}: the cluster's admission refuses it: ${said}`);
    }
    if (status === 403) {
      throw new PortError(
        'forbidden',
        `${where}: the App's service account may not do this; give it the Role of docs/engines-kubernetes.md: ${said}`,
      );
    }
    if (status === 404 && path.startsWith(`/apis/${TRAINER.group}/`)) {
      throw new PortError(
        'malformed',
        `${where}: several machines need Kubeflow Trainer (${TRAINER.group}/${TRAINER.version}), which the cluster does not have; install it, or ask for one machine (resources.nodes)`,
      );
    }
    if (status === 409) throw new PortError('unavailable', `${where}: it changed meanwhile: ${said}`);
    if (status >= 400 && status < 500) throw new PortError('malformed', `${where}: ${status}: ${said}`);
    throw new PortError('unavailable', `${where}: the API server answered ${status}: ${said}`);
  }
}

function parse<T>(answer: Answered, path: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(jsonOf(answer));
  if (parsed.success) return parsed.data;
  // Cut off on its way, or of no API server: asked again it may be whole.
  throw new PortError('unavailable', `kubernetes: ${path} answered with what can't be read`, { cause: parsed.error });
}

function jsonOf({ body }: Answered): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

function reasonOf(answer: Answered): string | undefined {
  return Status.safeParse(jsonOf(answer)).data?.reason;
}

function messageOf(answer: Answered): string {
  return (Status.safeParse(jsonOf(answer)).data?.message ?? 'without a reason').slice(0, 1000);
}
