import { StageName } from '../../core/names.ts';
import { parseModelVersion } from '../../core/promotion/gto.ts';
import { terminalLine } from '../../core/reports/terminal.ts';
import { readArguments, readSeconds } from '../arguments.ts';
import { CliError, type RunCommand } from '../command.ts';
import { remoteRepository } from '../repository.ts';
import { awaitAnswer, sendRequest } from '../request.ts';

/** `trainyard promote MODEL@V STAGE`: a version, or the first one of a candidate of the default branch, goes to a stage. */
export const promote: RunCommand = async (args, environment) => {
  const { values, positionals } = readArguments(
    args,
    { wait: { type: 'boolean' }, timeout: { type: 'string' }, repo: { type: 'string' }, json: { type: 'boolean' } },
    ['MODEL@vX.Y.Z', 'STAGE'],
  );
  const [version = '', stageName = ''] = positionals;
  if (parseModelVersion(version) === null) throw new CliError('usage', `expected MODEL@vX.Y.Z, got ${version}`);
  const stage = StageName.safeParse(stageName);
  if (!stage.success) throw new CliError('usage', `${stageName} is not the name of a stage`);
  const seconds = readSeconds(values.timeout, 300);
  const repository = remoteRepository(environment, values.repo);
  const id = await sendRequest(environment, repository, 'promote', { version, stage: stage.data });
  if (values.wait !== true) {
    environment.out(values.json === true ? JSON.stringify({ request: id }) : `asked for, as request ${id}`);
    return 0;
  }
  const answer = await awaitAnswer(environment, repository, 'promote', id, seconds);
  environment.out(
    values.json === true
      ? JSON.stringify({ request: id, ...answer })
      : `${terminalLine(answer.title)}\n${terminalLine(answer.summary)}`,
  );
  return answer.ok ? 0 : 1;
};
