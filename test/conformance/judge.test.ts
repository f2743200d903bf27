import { describe, expect, test } from 'vitest';
import { createJudge, type Exchange } from './judge.ts';

const judge = createJudge();
const none = new URLSearchParams();

function user(login: string): object {
  const url = `http://127.0.0.1:1/api/v3/users/${login}`;
  const links = [
    'followers',
    'following',
    'gists',
    'starred',
    'subscriptions',
    'organizations',
    'repos',
    'events',
    'received_events',
  ];
  return {
    login,
    id: 7,
    node_id: 'U_7',
    avatar_url: url,
    gravatar_id: '',
    url,
    html_url: `http://github.localhost:1/${login}`,
    ...Object.fromEntries(links.map((link) => [`${link}_url`, `${url}/${link}`])),
    type: 'User',
    site_admin: false,
  };
}

const reaction = { id: 1, node_id: 'R_1', user: user('ada'), content: 'rocket', created_at: '2026-01-02T03:04:05Z' };
const react: Exchange = {
  method: 'POST',
  path: '/repos/acme/flights/issues/comments/5/reactions',
  query: none,
  requestBody: { content: 'rocket' },
  status: 201,
  responseBody: reaction,
};
const checkRun = { name: 'trainyard / plan', head_sha: 'a'.repeat(40), output: { title: 't', summary: 's' } };
const refused = { message: 'Validation Failed', documentation_url: 'https://docs.github.com/rest' };

function create(requestBody: unknown): string[] {
  return judge.exchange({ ...react, path: '/repos/acme/flights/check-runs', requestBody, responseBody: {} });
}

describe('a request', () => {
  test('passes with its answer when both fit the description', () => {
    expect(judge.exchange(react)).toEqual([]);
  });

  test('with a misspelt field is caught, at any depth', () => {
    expect(create({ ...checkRun, detail_url: 'x' })).toContain(
      'POST /repos/{owner}/{repo}/check-runs request: unknown field "detail_url"',
    );
    expect(create({ ...checkRun, output: { ...checkRun.output, sumary: 'x' } })).toContain(
      'POST /repos/{owner}/{repo}/check-runs request: unknown field "sumary" at /output',
    );
  });

  test('may set the fields of combined branches', () => {
    const path = '/repos/acme/flights/check-runs/4';
    const patch = { ...react, method: 'PATCH', path, status: 200, responseBody: {} };
    const faults = judge.exchange({ ...patch, requestBody: { status: 'completed', conclusion: 'success' } });
    expect(faults.filter((fault) => fault.includes('request'))).toEqual([]);
    expect(judge.exchange({ ...patch, requestBody: { status: 'completed', conclusio: 'success' } })).toContain(
      'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id} request: unknown field "conclusio"',
    );
  });

  test('may hold free fields where the description leaves an object open', () => {
    const requestBody = { event_type: 'train', client_payload: { anything: { deep: [1] } } };
    const dispatch = {
      ...react,
      path: '/repos/acme/flights/dispatches',
      status: 204,
      responseBody: undefined,
      requestBody,
    };
    expect(judge.exchange(dispatch)).toEqual([]);
  });

  test.each([
    ['a value outside the enum', { content: 'clap' }, 'must be one of'],
    ['a wrong type', { content: 4 }, 'must be string at /content'],
    ['no body where one is required', undefined, 'the body is missing'],
  ])('with %s is caught', (_, requestBody, message) => {
    expect(judge.exchange({ ...react, requestBody }).join()).toContain(message);
  });

  test('that the server refused is not judged', () => {
    expect(judge.exchange({ ...react, requestBody: { content: 'clap' }, status: 422, responseBody: refused })).toEqual(
      [],
    );
  });

  test('with a body where none is described is caught', () => {
    const get = { ...react, method: 'GET', path: '/rate_limit', status: 304, responseBody: undefined };
    expect(judge.exchange(get)).toEqual(['GET /rate_limit request: has a body, and none is described']);
  });
});

describe('a query', () => {
  const list = { ...react, method: 'GET', requestBody: undefined, status: 200, responseBody: [reaction] };

  test('passes with numbers as text', () => {
    expect(judge.exchange({ ...list, query: { per_page: '100', content: 'rocket' } })).toEqual([]);
  });

  test.each([
    [{ perpage: '100' }, 'unknown field "perpage"'],
    [{ per_page: 'many' }, 'must be integer at /per_page'],
    [{ content: 'clap' }, 'must be one of'],
  ])('%j is caught', (query, message) => {
    expect(judge.exchange({ ...list, query }).join()).toContain(message);
  });
});

describe('an answer', () => {
  test.each([
    ['a missing field', { ...reaction, user: undefined }, "must have required property 'user'"],
    ['a wrong type', { ...reaction, id: '1' }, 'must be integer at /id'],
    ['a time that is none', { ...reaction, created_at: 'yesterday' }, 'must match format "date-time" at /created_at'],
    ['no body', undefined, 'must be object'],
  ])('with %s is caught', (_, body, message) => {
    const responseBody = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
    expect(judge.exchange({ ...react, responseBody }).join()).toContain(message);
  });

  test('may hold an empty address, as those of GitHub do, but no other text', () => {
    const with_url = (html_url: string) =>
      judge.exchange({ ...react, responseBody: { ...reaction, user: { ...user('ada'), html_url } } });
    expect(with_url('')).toEqual([]);
    expect(with_url('acme/flights').join()).toContain('must match format "uri" at /user/html_url');
  });

  test('may hold null where the description says nullable', () => {
    expect(judge.exchange({ ...react, responseBody: { ...reaction, user: null } })).toEqual([]);
  });

  test('with a status that the description lacks is caught', () => {
    expect(judge.exchange({ ...react, status: 204, responseBody: undefined })).toEqual([
      'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions response 204: this status is not described',
    ]);
  });

  test('501 is the way to say that something is not implemented', () => {
    expect(judge.exchange({ ...react, path: '/unknown', status: 501, responseBody: {} })).toEqual([]);
  });

  test.each([401, 403, 404])('%i passes everywhere, with a message', (status) => {
    expect(judge.exchange({ ...react, status, responseBody: { message: 'No' } })).toEqual([]);
    expect(judge.exchange({ ...react, status, responseBody: 'No' })).toHaveLength(1);
  });

  test('in another media type passes where GitHub has one', () => {
    const raw = { ...react, method: 'GET', requestBody: undefined, status: 200, responseBody: 'diff --git' };
    expect(judge.exchange({ ...raw, path: '/repos/acme/flights/pulls/1' })).toEqual([]);
    expect(judge.exchange({ ...raw, path: '/repos/acme/flights/issues/1' })).not.toEqual([]);
  });
});

test('an operation outside the description is a violation', () => {
  expect(judge.exchange({ ...react, path: '/repos/acme/flights/reactions' })).toEqual([
    "POST /repos/acme/flights/reactions: GitHub's description (as trimmed) has no such operation",
  ]);
});

describe('a delivery', () => {
  const repository_dispatch = {
    action: 'train',
    branch: 'main',
    client_payload: {},
    installation: { id: 1, node_id: 'I' },
  };

  test('of an event whose action is free is found by its event', () => {
    const faults = judge.delivery({ event: 'repository_dispatch', payload: repository_dispatch });
    expect(faults).toEqual([
      "webhook repository_dispatch: must have required property 'repository'",
      "webhook repository_dispatch: must have required property 'sender'",
    ]);
  });

  test('takes the action from the payload', () => {
    const faults = judge.delivery({ event: 'issue_comment', payload: { action: 'created' } });
    expect(faults[0]).toMatch(/^webhook issue_comment.created: must have required property/);
  });

  test('of an event that is not described is a violation', () => {
    expect(judge.delivery({ event: 'issue_comment', action: 'shouted', payload: {} })).toEqual([
      'webhook issue_comment.shouted: is not among the described events (as trimmed)',
    ]);
  });
});

test('a validation costs well under a millisecond', () => {
  const started = performance.now();
  for (let at = 0; at < 500; at += 1) judge.exchange(react);
  expect((performance.now() - started) / 500).toBeLessThan(1);
});
