import { expect, test } from 'vitest';
import { admit } from '../../../actions/admit/admit.ts';
import type { Log } from '../../../actions/runtime/job.ts';
import type { RepositoryReader, Run } from '../../../actions/runtime/repository.ts';
import { CONFIG_PATH } from '../../../core/config/schema.ts';
import { ENVELOPE_FILE } from '../../../core/ledger/entry.ts';
import type { RunState } from '../../../core/ledger/run.ts';
import { runStatement } from '../../../core/ledger/statement.ts';
import {
  COMMIT,
  CONFIG_TEXT,
  gitId,
  judged,
  makeKey,
  NOW,
  REPOSITORY,
  recordOf,
  signStatement,
} from '../../core/samples.ts';

const BASE = gitId('base');
const OWN = 20;
const key = makeKey();

function dispatched(id: number, login: string, run: string): Run {
  const title = `trainyard train ${run}`;
  return { id, workflow_id: 1, event: 'workflow_dispatch', display_title: title, created_at: NOW, actor: { login } };
}

/** Admission of workflow run 20, which the App dispatched, with another run of the name before it. */
function admission(state: RunState, earlier: string) {
  const record = recordOf({ state });
  const runs = [dispatched(10, earlier, record.run), dispatched(OWN, 'app[bot]', record.run)];
  const files = new Map([
    [CONFIG_PATH, Buffer.from(CONFIG_TEXT)],
    ['keys/trainyard.pub', Buffer.from(key.public.pem)],
    [ENVELOPE_FILE, Buffer.from(signStatement(runStatement(record), key))],
  ]);
  const repository: RepositoryReader = {
    commitOf: async () => gitId('record'),
    file: async (_commit, path) => files.get(path) ?? null,
    run: async (id) => runs.find((run) => run.id === id) ?? dispatched(id, 'nobody', ''),
    dispatchedSince: async () => runs,
    artifact: async () => null,
  };
  const inputs = { runId: record.run, commit: COMMIT, githubToken: 'token' };
  const place = { repository: REPOSITORY, sha: BASE, runId: OWN, attempt: 1 };
  const quiet = () => {};
  const log: Log = { info: quiet, notice: quiet, warning: quiet, error: quiet, raw: quiet };
  return admit(inputs, place, repository, log);
}

test('a workflow run waits for an older one that the same account dispatched', async () => {
  expect(await admission({ state: 'accepted' }, 'app[bot]')).toMatchObject({ admitted: false });
});

test('somebody who dispatches the run first keeps the run of the App from nothing', async () => {
  expect(await admission({ state: 'accepted' }, 'mallory')).toMatchObject({ admitted: true });
});

test('the workflow run that the signed record names is admitted, whatever others are called', async () => {
  expect(await admission({ state: 'training', workflowRun: OWN }, 'app[bot]')).toMatchObject({ admitted: true });
});

test('a workflow run that the signed record does not name is not admitted', async () => {
  expect(await admission({ state: 'training', workflowRun: 10 }, 'mallory')).toMatchObject({ admitted: false });
});

test('a workflow run that comes when another has trained already ends without an error', async () => {
  expect(await admission(judged({ trainRun: 10 }), 'app[bot]')).toMatchObject({ admitted: false });
});

test('a workflow run that has trained does not train again', async () => {
  await expect(admission(judged({ trainRun: OWN }), 'app[bot]')).rejects.toThrow('is judged: it trains no more');
});
