import { describe, expect, test } from 'vitest';
import { commandIn, expectRefused } from '../reading.ts';

describe('/promote and /rollback are read', () => {
  const promote = (version: string | null) => ({ name: 'promote', model: 'm', version, stage: 'production' });
  const rollback = (version: string | null) => ({ name: 'rollback', model: 'm', version, stage: 'production' });
  test.each<[string, string, unknown]>([
    ['without a version', '/promote m to production', promote(null)],
    ['with a version', '/promote m@v1.2.0 to production', promote('1.2.0')],
    ['with a version without its v', '/promote m@1.2.0 to production', promote('1.2.0')],
    ['with everything in quotes', '/promote "m@v1.2.0" "to" "production"', promote('1.2.0')],
    ['to a stage named to', '/promote m to to', { ...promote(null), stage: 'to' }],
    ['back', '/rollback m production', rollback(null)],
    ['back to a version', '/rollback m production to v1.2.0', rollback('1.2.0')],
    ['back to a version without its v', '/rollback m production to 1.2.0', rollback('1.2.0')],
    ['back in a stage named to', '/rollback m to to v1.2.0', { ...rollback('1.2.0'), stage: 'to' }],
  ])('%s', (_, body, command) => {
    expect(commandIn(body)).toEqual(command);
  });
});

describe('/promote and /rollback refuse', () => {
  test.each<[string, string, RegExp]>([
    ['nothing at all', '/promote', /a model, "to" and a stage, got nothing/],
    ['a model alone', '/promote m', /expected "to" and a stage after the model, got nothing/],
    ['a stage without "to"', '/promote m production', /expected "to" .* got "production"/],
    ['"TO"', '/promote m TO production', /expected "to" .* got "TO"/],
    ['"to" without a stage', '/promote m to', /a stage after "to", got nothing/],
    ['a stage in capitals', '/promote m to Production', /a stage after "to", got "Production"/],
    ['two stages', '/promote m to staging production', /nothing after the stage, got "production"/],
    ['two models', '/promote a b to production', /expected "to" .* got "b"/],
    ['a version of two numbers', '/promote m@v1.2 to production', /a version such as v1.2.0, got "v1.2"/],
    ['a version with leading zeros', '/promote m@v01.2.0 to production', /a version such as v1.2.0/],
    ['a version with a capital V', '/promote m@V1.2.0 to production', /a version such as v1.2.0/],
    ['a version with a suffix', '/promote m@v1.2.0-rc1 to production', /a version such as v1.2.0/],
    ['the newest version by name', '/promote m@latest to production', /a version such as v1.2.0, got "latest"/],
    ['an empty version', '/promote m@ to production', /a version such as v1.2.0, got ""/],
    ['a version that is a commit', '/promote m@abcdef1 to production', /a version such as v1.2.0/],
    ['a commit', '/promote m to production @abcdef1', /\/promote means no commit/],
    ['a flag', '/promote m to production --force', /takes none/],
    ['a model in capitals', '/promote M to production', /a model, or model@version, got "M"/],
    ['a rollback of nothing', '/rollback', /a model and a stage, got nothing/],
    ['a rollback without a stage', '/rollback m', /a stage after the model, got nothing/],
    ['a rollback whose stage was forgotten', '/rollback m to v1.2.0', /a stage after the model, got "to"/],
    ['a rollback with the version at the model', '/rollback m@v1.2.0 production', /the version stands at the end/],
    ['a rollback without "to"', '/rollback m production v1.2.0', /expected "to" and a version .* got "v1.2.0"/],
    ['a rollback to nothing', '/rollback m production to', /a version such as v1.2.0, got ""/],
    ['a rollback to a broken version', '/rollback m production to 1', /a version such as v1.2.0, got "1"/],
    ['a rollback to two versions', '/rollback m production to v1.0.0 v1.1.0', /nothing after the version/],
    ['a rollback of a commit', '/rollback m production @abcdef1', /\/rollback means no commit/],
  ])('%s', (_, body, message) => {
    expectRefused(body, message);
  });
});

describe('locks are read', () => {
  const lock = (rest: object = {}) => ({
    name: 'lock',
    target: { kind: 'any', name: 'production' },
    reason: '',
    expiresIn: null,
    keep: false,
    ...rest,
  });
  test.each<[string, string, unknown]>([
    ['of a name', '/lock production', lock()],
    ['of a stage', '/lock stage:production', lock({ target: { kind: 'stage', name: 'production' } })],
    ['of a model', '/lock model:m', lock({ target: { kind: 'model', name: 'm' } })],
    ['with a reason', '/lock production incident 42', lock({ reason: 'incident 42' })],
    ['with a time', '/lock production --for 90s', lock({ expiresIn: 90 })],
    ['with a time before the target', '/lock --for=2h production', lock({ expiresIn: 7200 })],
    ['with a flag between the words', '/lock production too --keep risky', lock({ reason: 'too risky', keep: true })],
    [
      'with everything',
      '/lock production a b --for 3d --keep',
      lock({ reason: 'a b', expiresIn: 259_200, keep: true }),
    ],
    ['and released', '/unlock production', { name: 'unlock', target: { kind: 'any', name: 'production' } }],
    ['and released by kind', '/unlock model:m', { name: 'unlock', target: { kind: 'model', name: 'm' } }],
  ])('%s', (_, body, command) => {
    expect(commandIn(body)).toEqual(command);
  });
});

describe('locks are refused', () => {
  test.each<[string, string, RegExp]>([
    ['without a target', '/lock', /expected a stage or a model, got nothing/],
    ['with a time alone', '/lock --for 2h', /expected a stage or a model, got nothing/],
    ['for the conversation', '/lock conversation', /locked by GitHub’s own button/],
    ['for the issue', '/lock issue too heated', /locked by GitHub’s own button/],
    ['with another kind', '/lock branch:main', /expected a stage or a model, got "branch:main"/],
    ['with an empty name', '/lock stage:', /expected a stage or a model, got "stage:"/],
    ['with a name in capitals', '/lock Production', /expected a stage or a model/],
    ['with two kinds', '/lock stage:model:m', /expected a stage or a model/],
    ['with a time without its unit', '/lock production --for 2', /such as 30m, 2h or 3d, at most 365d, got "2"/],
    ['with a time of nothing', '/lock production --for 0h', /such as 30m/],
    ['with a negative time', '/lock production --for=-2h', /such as 30m/],
    ['with a time of weeks', '/lock production --for 2w', /such as 30m/],
    ['with a time in capitals', '/lock production --for 2H', /such as 30m/],
    ['with a time beyond a year', '/lock production --for 366d', /at most 365d, got "366d"/],
    ['with a time and a space', '/lock production --for 2 h', /such as 30m/],
    ['with a time without its value', '/lock production --for', /--for needs a value/],
    ['with two times', '/lock production --for 1h --for 2h', /--for is given twice/],
    ['with a value for --keep', '/lock production --keep=true', /--keep takes no value/],
    ['with an unknown flag', '/lock production --forever', /unknown flag "--forever".*stands in quotes/],
    ['with a commit', '/lock production @abcdef1', /\/lock means no commit/],
    ['when they are released without a target', '/unlock', /expected a stage or a model, got nothing/],
    ['when they are released with words', '/unlock production now', /one stage or model, got also "now"/],
    ['when they are released with a flag', '/unlock production --force', /takes none/],
    ['when they are released with a commit', '/unlock production @abcdef1', /\/unlock means no commit/],
  ])('%s', (_, body, message) => {
    expectRefused(body, message);
  });
});
