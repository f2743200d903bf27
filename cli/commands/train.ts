import { isFinal } from '../../core/ledger/machine.ts';
import type { RunRecord } from '../../core/ledger/run.ts';
import { ModelName, RunId } from '../../core/names.ts';
import { terminalLine } from '../../core/reports/terminal.ts';
import { loadLedger, loadRun } from '../../flows/ledger.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { readArguments, readSeconds } from '../arguments.ts';
import { type CliEnvironment, CliError, type ExitCode, type RunCommand } from '../command.ts';
import { poll } from '../poll.ts';
import { type RemoteRepository, remoteRepository } from '../repository.ts';
import { awaitAnswer, sendRequest } from '../request.ts';

const POLL_MS = 1000;

/** `trainyard train MODEL --ref main`: how a first version comes to be, without a pull request. */
export const train: RunCommand = async (args, environment) => {
  const { values, positionals } = readArguments(
    args,
    {
      ref: { type: 'string' },
      set: { type: 'string', multiple: true },
      wait: { type: 'boolean' },
      timeout: { type: 'string' },
      repo: { type: 'string' },
      json: { type: 'boolean' },
    },
    ['MODEL'],
  );
  const model = ModelName.safeParse(positionals[0]);
  if (!model.success) throw new CliError('usage', `${positionals[0]} is not the name of a model`);
  if (values.ref === undefined) throw new CliError('usage', '--ref is missing: the default branch, such as main');
  const set = settings(values.set ?? []);
  const seconds = readSeconds(values.timeout, 86_400);
  const repository = remoteRepository(environment, values.repo);
  const id = await sendRequest(environment, repository, 'train', {
    model: model.data,
    ref: values.ref,
    set,
  });
  const answer = await awaitAnswer(environment, repository, 'train', id, 120);
  const run = RunId.safeParse(/[0-7][0-9A-HJKMNP-TV-Z]{25}/.exec(answer.summary)?.[0]);
  if (!answer.ok || !run.success)
    return say(environment, values.json, { request: id, ok: false, message: answer.summary }, 1);
  if (values.wait !== true)
    return say(environment, values.json, { request: id, ok: true, run: run.data, message: answer.summary }, 0);
  const record = await awaitRun(environment, repository, run.data, seconds);
  const { state } = record;
  const ok = state.state === 'judged' && state.verdict === 'candidate';
  const why = state.state === 'judged' ? state.reasons.join('; ') : state.state === 'failed' ? state.message : '';
  const verdict = state.state === 'judged' ? state.verdict : state.state;
  return say(
    environment,
    values.json,
    {
      request: id,
      ok,
      run: run.data,
      verdict,
      message: `run ${run.data} is ${verdict}${why === '' ? '' : `: ${why}`}`,
    },
    ok ? 0 : 1,
  );
};

function settings(list: readonly string[]): Record<string, string> {
  const set = new Map<string, string>();
  for (const text of list) {
    const at = text.indexOf('=');
    if (at < 1) throw new CliError('usage', `--set takes NAME=VALUE, not ${text}`);
    const name = text.slice(0, at);
    if (set.has(name)) throw new CliError('usage', `--set gives ${name} twice`);
    set.set(name, text.slice(at + 1));
  }
  return Object.fromEntries(set);
}

/** The run's last record, signature verified, once it is in the ledger. */
async function awaitRun(
  environment: CliEnvironment,
  repository: RemoteRepository,
  run: RunId,
  seconds: number,
): Promise<RunRecord> {
  const late = `run ${run} has not ended within ${seconds} s; it goes on`;
  return poll(environment, { seconds, every: POLL_MS, late }, async () => {
    const policy = await takePolicySnapshot(repository.ports);
    const found = await loadRun(repository.ports, policy, run);
    if (found === null || !isFinal(found.record.state)) return null;
    return (await loadLedger(repository.ports, policy)).state.runs.has(run) ? found.record : null;
  });
}

function say(
  environment: CliEnvironment,
  json: boolean | undefined,
  report: { message: string } & Record<string, unknown>,
  code: ExitCode,
): ExitCode {
  environment.out(json === true ? JSON.stringify(report) : terminalLine(report.message));
  return code;
}
