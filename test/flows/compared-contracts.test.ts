import { describe, expect, test } from 'vitest';
import type { Config } from '../../core/config/schema.ts';
import { loosenedContracts } from '../../flows/loosened-contracts.ts';
import { PortError, type SourceHost } from '../../flows/ports.ts';
import { contractText } from '../core/data/contract-samples.ts';
import { CONFIG_TEXT, changedConfig, configOf, gitId, treeOf } from '../core/samples.ts';
import { policyOf } from './snapshots.ts';

const FILE = 'contracts/flights.yaml';
const STRICT = contractText('- { name: id, required: true }');
const LAX = contractText('- { name: id }');
/** Two schemas in one file, of which the name of the data file chooses. */
const TWO = `${STRICT.replace('name: flights\n', 'name: late\n')}  - name: lax\n    properties: [{ name: other }]\n`;
const same = configOf(CONFIG_TEXT);

type Files = Readonly<Record<string, string | null>>;

/** What is found between two commits; a file whose text is `link` is one. */
async function compared(before: Files, after: Files, config: Config = same, base: Config = same) {
  const mergeBase = policyOf(base, treeOf(before));
  const head = { ...policyOf(config, treeOf(after)), commit: gitId('head') };
  const file: SourceHost['file'] = async (commit, path) => {
    const text = (commit === head.commit ? after : before)[path];
    if (text === 'link') throw new PortError('malformed', 'expected a file, got a link');
    if (text === 'gone') throw new PortError('unavailable', 'GitHub does not answer');
    return text == null ? null : new TextEncoder().encode(text);
  };
  const never = async (): Promise<never> => {
    throw new Error('only files are read');
  };
  const source = { file, repository: never, branchHead: never, tree: never, mergeBase: never };
  return loosenedContracts({ source }, { policy: mergeBase, mergeBase, head });
}

describe('a contract', () => {
  test.each<[string, Files, Files, string | null, Config?]>([
    ['that stays as it is', { [FILE]: STRICT }, { [FILE]: STRICT }, null],
    ['that is tightened', { [FILE]: LAX }, { [FILE]: STRICT }, null],
    ['that is loosened', { [FILE]: STRICT }, { [FILE]: LAX }, 'column "id": is no longer required'],
    ['that is removed', { [FILE]: STRICT }, { [FILE]: null }, `${FILE} is not there`],
    ['that was not there', { [FILE]: null }, { [FILE]: LAX }, null],
    ['that can’t be read any more', { [FILE]: STRICT }, { [FILE]: 'nonsense' }, 'now, contracts/flights.yaml can'],
    ['that is a link now', { [FILE]: STRICT }, { [FILE]: 'link' }, 'now, contracts/flights.yaml can'],
    ['that could not be read before', { [FILE]: 'nonsense' }, { [FILE]: STRICT }, 'before, contracts/flights.yaml can'],
    [
      'in the place of another',
      { [FILE]: STRICT, 'lax.yaml': LAX },
      { [FILE]: STRICT, 'lax.yaml': LAX },
      'column "id": is no longer required',
      changedConfig([FILE, 'lax.yaml']),
    ],
    [
      'that the config does not name any more',
      { [FILE]: STRICT },
      { [FILE]: STRICT },
      'the config names no contract any more',
      changedConfig([` contract: ${FILE},`, '']),
    ],
    [
      'of whose schemas another counts, since the data is elsewhere',
      { [FILE]: TWO, 'data/lax.csv': '' },
      { [FILE]: TWO, 'data/lax.csv': '' },
      'column "id" is dropped',
      changedConfig(['flights: { path: data/flights.csv', 'flights: { path: data/lax.csv']),
    ],
    [
      'of a dataset that is dropped',
      { [FILE]: STRICT },
      { [FILE]: STRICT },
      'the config names no contract any more',
      changedConfig(['flights: {', 'fresh: {']),
    ],
  ])('%s', async (_what, before, after, loosening, config) => {
    const base = before[FILE] === TWO ? changedConfig(['data/flights.csv', 'data/late.csv']) : same;
    const found = await compared(before, after, config, base);
    if (loosening === null) expect(found).toEqual([]);
    else
      expect(found).toEqual([
        expect.objectContaining({ owner: '@org/data', loosenings: [expect.stringContaining(loosening)] }),
      ]);
  });

  test('of a model that is removed is nobody’s', async () => {
    const config = changedConfig(['flight-delay:', 'other:']);
    expect(await compared({ [FILE]: STRICT }, { [FILE]: LAX }, config)).toEqual([]);
  });

  test('has its owner by the default branch’s word', async () => {
    const config = changedConfig(['"@org/data"', '"@mallory"']);
    expect(await compared({ [FILE]: STRICT }, { [FILE]: LAX }, config)).toMatchObject([{ owner: '@org/data' }]);
  });

  test('that two models read has the owners of both', async () => {
    const both = (first: string, second: string): Config =>
      configOf(
        CONFIG_TEXT.replace('"@org/data"', `"${first}"`).replace(
          'policy:',
          `  second:\n    inputs: [README.md]\n    data: { flights: { path: data/flights.csv, contract: ${FILE}, owner: "${second}" } }\n    train: { run: x }\npolicy:`,
        ),
      );
    const owners = async (config: Config) =>
      (await compared({ [FILE]: STRICT }, { [FILE]: LAX }, config, config)).map(({ owner, models }) => [owner, models]);
    expect(await owners(both('@ada', '@ben'))).toEqual([
      ['@ada', ['flight-delay']],
      ['@ben', ['second']],
    ]);
    expect(await owners(both('@ada', '@ada'))).toEqual([['@ada', ['flight-delay', 'second']]]);
  });

  test('that GitHub does not give now is asked for again', async () => {
    await expect(compared({ [FILE]: STRICT }, { [FILE]: 'gone' })).rejects.toThrow('GitHub does not answer');
  });
});
