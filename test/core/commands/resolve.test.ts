import { describe, expect, test } from 'vitest';
import type { TrainCommand } from '../../../core/commands/command.ts';
import { parseComment } from '../../../core/commands/parse.ts';
import { type Resolution, resolveTrain } from '../../../core/commands/resolve.ts';
import { ModelName } from '../../../core/names.ts';
import { CONFIG_TEXT, changedConfig, configOf, effectiveOf, MODEL } from '../samples.ts';

const base = configOf(CONFIG_TEXT);
const model = effectiveOf(base, changedConfig(['shuffle:', 'fresh: { type: integer, default: 3 }\n        shuffle:']));
const other = ModelName.parse('other');
const bare = {
  ...model,
  name: other,
  fixed: {},
  config: { ...model.config, train: { ...model.config.train, params: {} } },
};
const models = new Map([
  [MODEL, model],
  [other, bare],
]);

function command(text: string): TrainCommand {
  const [line] = parseComment(text);
  if (line?.kind !== 'command' || line.command.name !== 'train') throw new Error(`not a /train: ${text}`);
  return line.command;
}

const resolve = (text: string, affected: ModelName[] = [MODEL]): Resolution =>
  resolveTrain(command(text), { models, affected });

describe('trains', () => {
  test.each<[string, string, ModelName[], [string, object][]]>([
    ['the affected model', '/train', [MODEL], [['flight-delay', {}]]],
    [
      'all affected models',
      '/train',
      [MODEL, other],
      [
        ['flight-delay', {}],
        ['other', {}],
      ],
    ],
    ['the named model, affected or not', '/train other', [MODEL], [['other', {}]]],
    [
      'with typed parameters',
      '/train --set learning_rate=0.2 --set epochs=20 --set solver=adam --set shuffle=false',
      [MODEL],
      [['flight-delay', { learning_rate: 0.2, epochs: 20, solver: 'adam', shuffle: false }]],
    ],
    ['with a parameter set to its default', '/train --set epochs=10', [MODEL], [['flight-delay', { epochs: 10 }]]],
  ])('%s', (_, text, affected, expected) => {
    const resolution = resolve(text, affected);
    expect(resolution.ok && resolution.trainings.map((training) => [training.model.name, training.set])).toEqual(
      expected,
    );
  });
});

describe('refuses', () => {
  test.each<[string, string, ModelName[], string, RegExp]>([
    [
      'a model that the config lacks',
      '/train nothing-like-it',
      [],
      'unknown_model',
      /no model "nothing-like-it" in the config; the config declares flight-delay, other/,
    ],
    ['a mistyped model', '/train flight-dealy', [], 'unknown_model', /did you mean "flight-delay"/],
    ['a commit without its sign', '/train 5f3ce2a', [], 'unknown_model', /a commit is typed as @5f3ce2a/],
    ['the word all', '/train all', [], 'unknown_model', /without a name, all that are affected are trained/],
    ['a model from every object', '/train constructor', [], 'unknown_model', /no model "constructor"/],
    ['nothing to train', '/train', [], 'nothing_to_train', /name it: \/train flight-delay/],
    [
      'a parameter that is not declared',
      '/train --set gpu=a100',
      [MODEL],
      'unknown_param',
      /has no parameter "gpu"; it has learning_rate \(number from 0.001 to 1, default 0.1\)/,
    ],
    ['a mistyped parameter', '/train --set epoch=1', [MODEL], 'unknown_param', /did you mean "epochs"/],
    ['a parameter from every object', '/train --set __proto__=1', [MODEL], 'unknown_param', /no parameter "__proto__"/],
    [
      'a parameter that only the head declares',
      '/train --set fresh=5',
      [MODEL],
      'unknown_param',
      /is new in this pull request/,
    ],
    [
      'a value out of range',
      '/train --set learning_rate=5',
      [MODEL],
      'bad_param',
      /--set learning_rate of flight-delay: expected number from 0.001 to 1, got 5/,
    ],
    [
      'a value of another type',
      '/train --set epochs=many',
      [MODEL],
      'bad_param',
      /expected integer from 1 to 100, got "many"/,
    ],
    [
      'a parameter that one of two models lacks',
      '/train flight-delay other --set epochs=5',
      [],
      'unknown_param',
      /other declares no parameter/,
    ],
  ])('%s', (_, text, affected, code, message) => {
    const resolution = resolve(text, affected);
    const problem = { code, message: expect.stringMatching(message) };
    expect(resolution.ok ? [] : resolution.problems).toMatchObject([problem]);
  });

  test.each([
    ['/train flight', 'one of flight-delay, other', 'flight'],
    ['/train --set epoch=5', 'learning_rate, epochs, solver, shuffle', 'epoch'],
    ['/train --set epochs=500', 'epochs: integer from 1 to 100, default 10', '500'],
    ['/train other --set epochs=5', 'no --set', 'epochs'],
  ])('%s, and says what was expected and what was found', (text, expected, found) => {
    const resolution = resolve(text);
    expect(resolution.ok ? [] : resolution.problems).toMatchObject([{ expected, found }]);
  });

  test('every problem at once', () => {
    const resolution = resolve('/train --set learning_rate=5 --set epochs=0 --set x=1');
    expect(resolution.ok ? [] : resolution.problems.map(({ code }) => code)).toEqual([
      'bad_param',
      'bad_param',
      'unknown_param',
    ]);
  });

  test('anything where the config declares no model', () => {
    expect(resolveTrain(command('/train'), { models: new Map(), affected: [] })).toMatchObject({
      ok: false,
      problems: [{ message: 'the config declares no model' }],
    });
  });
});
