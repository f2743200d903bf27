import { z } from 'zod';

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

/** A repository to try things in. Its branch, issue and pull request are made when first asked for, and removed by `clean`. */
export interface Scratch {
  readonly call: (method: string, path: string, body?: object) => Promise<Answered>;
  /** `/repos/owner/name` */
  readonly repo: string;
  /** Unlike any other name in the repository. */
  readonly name: string;
  /** The default branch. */
  base(): Promise<string>;
  /** The commit of the default branch. */
  head(): Promise<string>;
  /** A branch that is one commit ahead of the default branch. */
  branch(): Promise<string>;
  issue(): Promise<number>;
  /** A pull request from `branch` into the default branch. */
  pull(): Promise<number>;
  clean(): Promise<void>;
}

const Repository = z.object({ default_branch: z.string() });
const Ref = z.object({ object: z.object({ sha: z.string() }) });
const Sha = z.object({ sha: z.string() });
const Commit = z.object({ tree: z.object({ sha: z.string() }) });
const Numbered = z.object({ number: z.number() });

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * @param api for example `https://api.github.com`
 * @param repository `owner/name`; the token needs write access to its contents, issues, pull requests and actions
 * @param name for the branch and titles, for example with the time in it
 */
export function openScratch(api: string, repository: string, token: string, name: string): Scratch {
  const repo = `/repos/${repository}`;
  const cleaning: (() => Promise<unknown>)[] = [];
  const call: Scratch['call'] = async (method, path, body) => {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/vnd.github+json',
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const need = async <S extends z.ZodType>(
    schema: S,
    method: string,
    path: string,
    body?: object,
  ): Promise<z.infer<S>> => {
    const answered = await call(method, path, body);
    if (answered.status < 300) return schema.parse(answered.body);
    throw new Error(`${method} ${path}: expected success, found ${answered.status} ${JSON.stringify(answered.body)}`);
  };
  const base = once(async () => (await need(Repository, 'GET', repo)).default_branch);
  const head = once(async () => (await need(Ref, 'GET', `${repo}/git/ref/heads/${await base()}`)).object.sha);
  const branch = once(async () => {
    const parent = await head();
    const { tree } = await need(Commit, 'GET', `${repo}/git/commits/${parent}`);
    const entries = [{ path: `${name}.txt`, mode: '100644', type: 'blob', content: 'A probe of the API.\n' }];
    const changed = await need(Sha, 'POST', `${repo}/git/trees`, { base_tree: tree.sha, tree: entries });
    const commit = await need(Sha, 'POST', `${repo}/git/commits`, {
      message: 'Probe the API',
      tree: changed.sha,
      parents: [parent],
    });
    await need(Ref, 'POST', `${repo}/git/refs`, { ref: `refs/heads/${name}`, sha: commit.sha });
    cleaning.push(() => call('DELETE', `${repo}/git/refs/heads/${name}`));
    return name;
  });
  const issue = once(async () => {
    const { number } = await need(Numbered, 'POST', `${repo}/issues`, { title: `Probe ${name}` });
    cleaning.push(() => call('PATCH', `${repo}/issues/${number}`, { state: 'closed' }));
    return number;
  });
  const pull = once(async () => {
    const { number } = await need(Numbered, 'POST', `${repo}/pulls`, {
      title: `Probe ${name}`,
      head: await branch(),
      base: await base(),
    });
    cleaning.push(() => call('PATCH', `${repo}/pulls/${number}`, { state: 'closed' }));
    return number;
  });
  const clean = async (): Promise<void> => {
    for (const undo of cleaning.splice(0).reverse()) await undo();
  };
  return { call, repo, name, base, head, branch, issue, pull, clean };
}
