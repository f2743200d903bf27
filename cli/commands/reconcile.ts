import { terminalLine } from '../../core/reports/terminal.ts';
import { readArguments, readSeconds } from '../arguments.ts';
import { CliError, type RunCommand } from '../command.ts';
import { remoteRepository } from '../repository.ts';
import { awaitAnswer, sendRequest } from '../request.ts';

/**
 * `trainyard reconcile`: compares GitHub with what should be, repairs it, and says what it changed; with `--word` it lifts
 * freezes whose cause is gone.
 */
export const reconcile: RunCommand = async (args, environment) => {
  const { values } = readArguments(
    args,
    {
      word: { type: 'string' },
      wait: { type: 'boolean' },
      timeout: { type: 'string' },
      repo: { type: 'string' },
      json: { type: 'boolean' },
    },
    [],
  );
  const { word } = values;
  if (word?.trim() === '')
    throw new CliError('usage', '--word is empty: say what happened; it is kept in the ledger under your name');
  const seconds = readSeconds(values.timeout, 300);
  const repository = remoteRepository(environment, values.repo);
  const id = await sendRequest(environment, repository, 'reconcile', word === undefined ? {} : { word });
  if (values.wait !== true) {
    environment.out(values.json === true ? JSON.stringify({ request: id }) : `asked for, as request ${id}`);
    return 0;
  }
  const answer = await awaitAnswer(environment, repository, 'reconcile', id, seconds);
  environment.out(
    values.json === true
      ? JSON.stringify({ request: id, ...answer })
      : [answer.title, answer.summary, ...(answer.changes ?? []).map((change) => `- ${change}`)]
          .map(terminalLine)
          .join('\n'),
  );
  return answer.ok ? 0 : 1;
};
