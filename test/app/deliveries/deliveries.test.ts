import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Converted } from '../../../app/deliveries/delivery.ts';
import { CONVERTERS } from '../../../app/deliveries/registry.ts';
import { sha256Hex } from '../../../core/canonical.ts';
import { Instant } from '../../../core/names.ts';
import { FlowEvent } from '../../../flows/events.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const ZERO = '0'.repeat(40);
const RUN = '01JBQ5Z3K4N8W7R2T6Y9ABCDEF';
const sender = { login: 'ada', id: 7, type: 'User' };
const person = { sender: 'ada', senderType: 'User', senderId: 7 };

function convert(name: string, payload: unknown): Converted | null {
  const converter = CONVERTERS.get(name);
  if (converter === undefined) throw new Error(`expected a converter of ${name}`);
  const receivedAt = Instant.parse('2026-11-22T10:00:00Z');
  return converter({ id: 'guid-1', name, payload, receivedAt });
}

const pull = (action: string, more: object = {}) => ({
  action,
  number: 3,
  pull_request: { head: { sha: A, repo: { full_name: 'ben/delay' } }, updated_at: '2026-11-22T09:00:00Z' },
  sender,
  ...more,
});
const at = '2026-11-22T09:00:00Z';
const said = (body: string) => ({ id: 9, body, user: sender, created_at: at, updated_at: at });
const comment = (action: string, issue: object, more: object = {}) => ({
  action,
  issue: { number: 3, ...issue },
  comment: said('Looks good.'),
  sender,
  ...more,
});
const told = (body: string) => ({
  digest: sha256Hex(body),
  comment: { body, author: 'ada', authorType: 'User', authorId: 7, createdAt: at, updatedAt: at },
});
const run = (action: string, event: string) => ({
  action,
  workflow_run: { id: 12, event, display_title: 'trainyard train X' },
});
const pushed = (ref: string, more: object = {}) => ({
  ref,
  before: A,
  after: B,
  created: false,
  deleted: false,
  sender,
  ...more,
});
const check = (action: string, more: object = {}) => ({
  action,
  check_run: { name: 'trainyard / plan', external_id: 'plan', head_sha: A },
  sender,
  ...more,
});

describe('a delivery becomes an event and a lane', () => {
  test.each<[string, string, unknown, object, object]>([
    [
      'pushing to a pull request',
      'pull_request',
      pull('synchronize'),
      {
        kind: 'pull_request',
        action: 'synchronize',
        number: 3,
        sha: A,
        headRepository: 'ben/delay',
        retargeted: false,
        at: '2026-11-22T09:00:00Z',
        sender: 'ada',
      },
      { kind: 'pull_request', number: 3 },
    ],
    [
      'a pull request whose head repository is gone',
      'pull_request',
      pull('closed', { pull_request: { head: { sha: A, repo: null }, updated_at: '2026-11-22T09:00:00Z' } }),
      {
        kind: 'pull_request',
        action: 'closed',
        number: 3,
        sha: A,
        headRepository: null,
        retargeted: false,
        at: '2026-11-22T09:00:00Z',
        sender: 'ada',
      },
      { kind: 'pull_request', number: 3 },
    ],
    [
      'a label on a pull request',
      'pull_request',
      pull('labeled'),
      { kind: 'requirements_changed', number: 3 },
      { kind: 'pull_request', number: 3 },
    ],
    [
      'a review, of which not a word is read',
      'pull_request_review',
      { action: 'submitted', pull_request: { number: 3 }, review: { body: '/train' } },
      { kind: 'requirements_changed', number: 3 },
      { kind: 'pull_request', number: 3 },
    ],
    [
      'a comment on a pull request',
      'issue_comment',
      comment('created', { pull_request: { url: 'u' } }),
      { kind: 'comment', id: 9, pullRequest: 3, sender: 'ada', ...told('Looks good.') },
      { kind: 'pull_request', number: 3 },
    ],
    [
      'a comment of an account that is gone',
      'issue_comment',
      comment('created', { pull_request: { url: 'u' } }, { comment: { ...said('/train'), user: null } }),
      {
        kind: 'comment',
        id: 9,
        pullRequest: 3,
        sender: 'ada',
        digest: sha256Hex('/train'),
        comment: { ...told('/train').comment, author: 'ghost', authorType: 'Other', authorId: null },
      },
      { kind: 'pull_request', number: 3 },
    ],
    [
      'a command that was edited away',
      'issue_comment',
      comment('edited', { pull_request: { url: 'u' } }, { changes: { body: { from: '/train' } } }),
      { kind: 'comment_changed', id: 9, pullRequest: 3, change: 'edited' },
      { kind: 'pull_request', number: 3 },
    ],
    [
      'a comment that was edited into a command',
      'issue_comment',
      comment('edited', { pull_request: { url: 'u' } }, { comment: said('/train') }),
      { kind: 'comment_changed', id: 9, pullRequest: 3, change: 'edited' },
      { kind: 'pull_request', number: 3 },
    ],
    [
      'a command that was deleted',
      'issue_comment',
      comment('deleted', { pull_request: { url: 'u' } }, { comment: said('/train') }),
      { kind: 'comment_changed', id: 9, pullRequest: 3, change: 'deleted' },
      { kind: 'pull_request', number: 3 },
    ],
    [
      'the end of a dispatched workflow run',
      'workflow_run',
      run('completed', 'workflow_dispatch'),
      { kind: 'workflow_completed', workflowRun: 12 },
      { kind: 'run', title: 'trainyard train X' },
    ],
    [
      'a job that waits for a runner of its run',
      'workflow_job',
      {
        action: 'queued',
        workflow_job: { labels: ['self-hosted', 'trainyard-local', `trainyard-${RUN.toLowerCase()}`] },
      },
      { kind: 'runner_job', run: RUN },
      { kind: 'run', title: RUN },
    ],
    [
      'a push to a branch',
      'push',
      pushed('refs/heads/feature/a'),
      { kind: 'push', branch: 'feature/a', before: A, after: B, sender: 'ada' },
      { kind: 'repository' },
    ],
    [
      'a new tag',
      'push',
      pushed('refs/tags/delay#production#9', { before: ZERO, created: true }),
      { kind: 'tag', name: 'delay#production#9', change: 'created', sender: 'ada' },
      { kind: 'repository' },
    ],
    [
      'a moved tag',
      'push',
      pushed('refs/tags/delay@v1.0.0'),
      { kind: 'tag', name: 'delay@v1.0.0', change: 'moved', sender: 'ada' },
      { kind: 'repository' },
    ],
    [
      'a deleted tag',
      'push',
      pushed('refs/tags/delay@v1.0.0', { after: ZERO, deleted: true }),
      { kind: 'tag', name: 'delay@v1.0.0', change: 'deleted', sender: 'ada' },
      { kind: 'repository' },
    ],
    [
      'the creation of a tag',
      'create',
      { ref: 'delay@v1.0.0', ref_type: 'tag', sender },
      { kind: 'tag', name: 'delay@v1.0.0', change: 'created', sender: 'ada' },
      { kind: 'repository' },
    ],
    [
      'the deletion of a tag',
      'delete',
      { ref: 'delay@v1.0.0', ref_type: 'tag', sender },
      { kind: 'tag', name: 'delay@v1.0.0', change: 'deleted', sender: 'ada' },
      { kind: 'repository' },
    ],
    [
      'a pressed button of a check',
      'check_run',
      check('requested_action', { requested_action: { identifier: 'cancel' } }),
      {
        kind: 'check_action',
        check: 'trainyard / plan',
        externalId: 'plan',
        sha: A,
        identifier: 'cancel',
        ...person,
      },
      { kind: 'commit', sha: A },
    ],
    [
      '"Re-run" of a check',
      'check_run',
      check('rerequested'),
      {
        kind: 'check_action',
        check: 'trainyard / plan',
        externalId: 'plan',
        sha: A,
        identifier: 'rerequested',
        ...person,
      },
      { kind: 'commit', sha: A },
    ],
    [
      'a request by repository_dispatch',
      'repository_dispatch',
      { action: 'trainyard-promote', client_payload: { model: 'delay' }, sender },
      {
        kind: 'request',
        type: 'promote',
        payload: { model: 'delay' },
        ...person,
        id: 'guid-1',
        at: '2026-11-22T10:00:00Z',
      },
      { kind: 'repository' },
    ],
  ])('%s', (_what, name, payload, event, lane) => {
    const converted = convert(name, payload);
    expect(converted).toEqual({ event, lane });
    expect(FlowEvent.parse(converted?.event)).toEqual(event);
  });

  test.each<[string, string, unknown]>([
    ['a pull request that was assigned', 'pull_request', { action: 'assigned' }],
    ['an edited review', 'pull_request_review', { action: 'edited', pull_request: { number: 3 } }],
    ['an edited comment that never held a command', 'issue_comment', comment('edited', { pull_request: {} })],
    ['a deleted comment without a command', 'issue_comment', comment('deleted', { pull_request: {} })],
    ['a comment on an issue', 'issue_comment', comment('created', {})],
    ['a workflow run that started', 'workflow_run', run('in_progress', 'workflow_dispatch')],
    ['a job on any other runner', 'workflow_job', { workflow_job: { labels: ['self-hosted', 'trainyard-gpu'] } }],
    ['a workflow run of a push', 'workflow_run', run('completed', 'push')],
    ['a deleted branch', 'push', pushed('refs/heads/a', { after: ZERO, deleted: true })],
    ['the execution branch that we move', 'push', pushed('refs/heads/trainyard/exec')],
    ['a ref of ours', 'push', pushed('refs/trainyard/ledger')],
    ['a new branch', 'create', { ref: 'a', ref_type: 'branch', sender }],
    ['a check that was created', 'check_run', check('created')],
    ['a dispatch for somebody else', 'repository_dispatch', { action: 'deploy', sender }],
    ['a dispatch of an unknown kind', 'repository_dispatch', { action: 'trainyard-explode', sender }],
  ])('but %s asks for nothing', (_what, name, payload) => {
    expect(convert(name, payload)).toBeNull();
  });

  test.each([...CONVERTERS.keys()])('and a %s of another shape is an error of its parser', (name) => {
    expect(() => convert(name, { action: 'opened' })).toThrow(expect.objectContaining({ name: 'ZodError' }));
  });
});

test('every file of a converter is in the registry', () => {
  const folder = join(import.meta.dirname, '../../../app/deliveries');
  const registry = readFileSync(join(folder, 'registry.ts'), 'utf8');
  const files = readdirSync(folder).filter((name) => name !== 'registry.ts' && name !== 'delivery.ts');
  for (const file of files) expect(registry).toContain(`'./${file}'`);
});
