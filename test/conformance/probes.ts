import type { Scratch } from './scratch.ts';

/** One behaviour that the local GitHub imitates, asked of a server: ours in tests, github.com by `npm run test:github`. */
export interface Probe {
  readonly id: string;
  /** The behaviour, as a sentence. */
  readonly behaviour: string;
  readonly expected: string;
  /** What the server does, in the words of `expected`. */
  readonly ask: (scratch: Scratch) => Promise<string>;
}

const NOWHERE = '0123456789'.repeat(4);

const refs: readonly Probe[] = [
  {
    id: 'ref-custom',
    behaviour: 'a ref outside heads and tags can be created, read and deleted through the API',
    expected: '201 200 204',
    ask: async ({ call, repo, head, name }) => {
      const ref = `refs/trainyard/${name}`;
      const created = await call('POST', `${repo}/git/refs`, { ref, sha: await head() });
      const read = await call('GET', `${repo}/git/ref/trainyard/${name}`);
      const deleted = await call('DELETE', `${repo}/git/refs/trainyard/${name}`);
      return `${created.status} ${read.status} ${deleted.status}`;
    },
  },
  {
    id: 'ref-unknown-object',
    behaviour: 'a ref to a commit that does not exist is refused',
    expected: '422 Object does not exist',
    ask: async ({ call, repo, name }) =>
      said(await call('POST', `${repo}/git/refs`, { ref: `refs/heads/${name}-none`, sha: NOWHERE })),
  },
  {
    id: 'ref-exists',
    behaviour: 'a ref that exists is not created again',
    expected: '422 Reference already exists',
    ask: async ({ call, repo, head, branch }) =>
      said(await call('POST', `${repo}/git/refs`, { ref: `refs/heads/${await branch()}`, sha: await head() })),
  },
  {
    id: 'ref-fast-forward',
    behaviour: 'a ref moves without force only to a descendant',
    expected: '422 Update is not a fast forward',
    ask: async ({ call, repo, head, branch }) =>
      said(await call('PATCH', `${repo}/git/refs/heads/${await branch()}`, { sha: await head() })),
  },
  {
    id: 'ref-delete-missing',
    behaviour: 'deleting a ref that is not there is an error',
    expected: '422 Reference does not exist',
    ask: async ({ call, repo, name }) => said(await call('DELETE', `${repo}/git/refs/heads/${name}-none`)),
  },
  {
    id: 'ref-matching-none',
    behaviour: 'matching-refs of a prefix that nothing has is an empty list',
    expected: '200 []',
    ask: async ({ call, repo, name }) => {
      const { status, body } = await call('GET', `${repo}/git/matching-refs/trainyard/${name}-none`);
      return `${status} ${JSON.stringify(body)}`;
    },
  },
];

const conversations: readonly Probe[] = [
  {
    id: 'comment-too-long',
    behaviour: 'a comment holds 65,536 characters and not one more',
    expected: '201 422',
    ask: async ({ call, repo, issue }) => {
      const path = `${repo}/issues/${await issue()}/comments`;
      const longest = await call('POST', path, { body: 'x'.repeat(65_536) });
      const longer = await call('POST', path, { body: 'x'.repeat(65_537) });
      return `${longest.status} ${longer.status}`;
    },
  },
  {
    id: 'reaction-twice',
    behaviour: 'the same reaction by the same person is created once and then found',
    expected: '201 200',
    ask: async ({ call, repo, issue }) => {
      const path = `${repo}/issues/${await issue()}/reactions`;
      const first = await call('POST', path, { content: 'eyes' });
      const second = await call('POST', path, { content: 'eyes' });
      return `${first.status} ${second.status}`;
    },
  },
  {
    id: 'unknown-field',
    behaviour: 'a field that the API does not know is ignored, not refused',
    expected: '200',
    ask: async ({ call, repo, issue }) =>
      String((await call('PATCH', `${repo}/issues/${await issue()}`, { bodyy: 'x' })).status),
  },
];

const pulls: readonly Probe[] = [
  {
    id: 'pull-no-head',
    behaviour: 'a pull request from a branch that does not exist is refused',
    expected: '422 Validation Failed',
    ask: async ({ call, repo, base, name }) =>
      said(await call('POST', `${repo}/pulls`, { title: 'x', head: `${name}-none`, base: await base() })),
  },
  {
    id: 'merge-other-head',
    behaviour: 'a merge that names another head than the current one is refused',
    expected: '409 Head branch was modified. Review and try the merge again.',
    ask: async ({ call, repo, pull, head }) =>
      said(await call('PUT', `${repo}/pulls/${await pull()}/merge`, { sha: await head(), merge_method: 'squash' })),
  },
  {
    id: 'pull-refs',
    behaviour: 'refs/pull/N/head is readable through the refs API',
    expected: '200',
    ask: async ({ call, repo, pull }) =>
      String((await call('GET', `${repo}/git/ref/pull/${await pull()}/head`)).status),
  },
];

const dispatches: readonly Probe[] = [
  {
    id: 'dispatch-eleven-keys',
    behaviour: 'a repository_dispatch takes ten top-level keys and not eleven',
    expected: '422',
    ask: async ({ call, repo }) => {
      const client_payload = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, index]));
      return String((await call('POST', `${repo}/dispatches`, { event_type: 'probe', client_payload })).status);
    },
  },
  {
    id: 'dispatch-unknown-workflow',
    behaviour: 'a dispatch of a workflow that does not exist is not found',
    expected: '404',
    ask: async ({ call, repo, base }) =>
      String(
        (await call('POST', `${repo}/actions/workflows/none-of-this-name.yml/dispatches`, { ref: await base() }))
          .status,
      ),
  },
];

/** Behaviours in the order in which they are asked. */
export const probes: readonly Probe[] = [...refs, ...conversations, ...pulls, ...dispatches];

function said({ status, body }: { readonly status: number; readonly body: unknown }): string {
  const message =
    typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : JSON.stringify(body);
  return `${status} ${message}`;
}
