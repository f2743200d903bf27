import { terminalLine } from '../../core/reports/terminal.ts';
import { readArguments, readSeconds } from '../arguments.ts';
import { type CliCommand, CliError } from '../command.ts';
import { remoteRepository } from '../repository.ts';
import { awaitAnswer, sendRequest } from '../request.ts';

/**
 * `trainyard reconcile`: compares GitHub with what should be, repairs it, and says what it changed; with `--word` it lifts
 * freezes whose cause is gone.
 */
export const reconcile: CliCommand = {
  name: 'reconcile',
  usage: 'trainyard reconcile [--word "WHAT HAPPENED"] [--wait] [--timeout SECONDS] [--repo OWNER/NAME] [--json]',
  summary:
    'Compare GitHub with what should be and repair it; lift a freeze whose cause is gone, with your word on record.',
  options: [
    ['--word "WHAT HAPPENED"', 'lift a freeze whose cause is gone; the word is kept in the ledger'],
    ['--wait', 'wait for the answer, and say what it was'],
    ['--timeout SECONDS', 'how long to wait at most (300)'],
    ['--repo OWNER/NAME', 'the repository on GitHub (GITHUB_REPOSITORY)'],
    ['--json', 'print the answer as JSON'],
  ],
  async run(args, environment) {
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
  },
};
