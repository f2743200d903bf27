import { describe, expect, test } from 'vitest';
import { commandIn, expectRefused, RUN } from '../reading.ts';

const sha = 'abcdef1';

/** Commands that name datasets or runs of the pull request, or nothing. */
describe('is read', () => {
  test.each<[string, string, unknown]>([
    ['/validate alone', '/validate', { name: 'validate', datasets: [], sha: null }],
    ['/validate of a dataset', '/validate flights', { name: 'validate', datasets: ['flights'], sha: null }],
    ['/validate of several', '/validate a_b c', { name: 'validate', datasets: ['a_b', 'c'], sha: null }],
    ['/validate of a commit', '/validate @abcdef1', { name: 'validate', datasets: [], sha }],
    ['/evaluate alone', '/evaluate', { name: 'evaluate', target: { kind: 'only' }, sha: null }],
    ['/evaluate of all', '/evaluate all', { name: 'evaluate', target: { kind: 'all' }, sha: null }],
    ['/evaluate of a model', '/evaluate m', { name: 'evaluate', target: { kind: 'model', model: 'm' }, sha: null }],
    [
      '/evaluate of a commit',
      `/evaluate ${RUN} @abcdef1`,
      { name: 'evaluate', target: { kind: 'run', run: RUN }, sha },
    ],
    ['/cancel alone', '/cancel', { name: 'cancel', target: { kind: 'only' } }],
    ['/cancel of all', '/cancel all', { name: 'cancel', target: { kind: 'all' } }],
    ['/cancel of a run', `/cancel ${RUN}`, { name: 'cancel', target: { kind: 'run', run: RUN } }],
    [
      '/cancel of a run in small letters',
      `/cancel ${RUN.toLowerCase()}`,
      { name: 'cancel', target: { kind: 'run', run: RUN } },
    ],
    [
      '/cancel of a model',
      '/cancel flight-delay',
      { name: 'cancel', target: { kind: 'model', model: 'flight-delay' } },
    ],
    ['/cancel of a quoted model', "/cancel 'm'", { name: 'cancel', target: { kind: 'model', model: 'm' } }],
    ['/retry alone', '/retry', { name: 'retry', target: { kind: 'only' }, sha: null }],
    ['/retry of all', '/retry all', { name: 'retry', target: { kind: 'all' }, sha: null }],
    ['/retry of a commit', '/retry m @ABCDEF1', { name: 'retry', target: { kind: 'model', model: 'm' }, sha }],
    ['/status', '/status', { name: 'status' }],
    ['/status with --', '/status --', { name: 'status' }],
    ['/help alone', '/help', { name: 'help', topic: null }],
    ['/help on a command', '/help train', { name: 'help', topic: 'train' }],
    ['/help on a command with a slash', '/help /ok-to-train', { name: 'help', topic: 'ok-to-train' }],
    ['/help on itself', '/help help', { name: 'help', topic: 'help' }],
    ['/ok-to-train', '/ok-to-train abcdef1', { name: 'ok-to-train', sha }],
    ['/ok-to-train with an @', '/ok-to-train @abcdef1', { name: 'ok-to-train', sha }],
    ['/ok-to-train in capitals', '/ok-to-train ABCDEF1', { name: 'ok-to-train', sha }],
    ['/ok-to-train of a whole commit', `/ok-to-train ${'b'.repeat(40)}`, { name: 'ok-to-train', sha: 'b'.repeat(40) }],
  ])('%s', (_, body, command) => {
    expect(commandIn(body)).toEqual(command);
  });
});

describe('is refused', () => {
  test.each<[string, string, RegExp]>([
    ['/validate of a name with a hyphen', '/validate a-b', /expected a dataset .* got "a-b"/],
    ['/validate of one dataset twice', '/validate a a', /dataset a is named twice/],
    ['/validate of a path', '/validate data/flights.csv', /expected a dataset/],
    ['/validate with a flag', '/validate --all', /this command takes none/],
    ['/validate with a broken commit', '/validate @xyz', /7 to 64 hex digits/],
    ['/validate with two commits', '/validate @abcdef1 @abcdef2', /more than one @sha/],
    ['/evaluate of two targets', '/evaluate a b', /got also "b"/],
    ['/evaluate with two commits', '/evaluate @abcdef1 @abcdef2', /more than one @sha/],
    ['/evaluate with a metric', '/evaluate roc_auc', /the id of a run, a model or "all", got "roc_auc"/],
    ['/cancel of two targets', '/cancel a b', /got also "b"/],
    ['/cancel of a broken target', '/cancel A_B', /the id of a run, a model or "all"/],
    ['/cancel of ALL', '/cancel ALL', /the id of a run, a model or "all", got "ALL"/],
    ['/cancel of an empty word', '/cancel ""', /the id of a run/],
    ['/cancel with a commit', '/cancel @abcdef1', /\/cancel means no commit .* leave it out/],
    ['/cancel with a flag', '/cancel --all', /unknown flag "--all": this command takes none/],
    ['/retry with a flag', '/retry --force', /unknown flag/],
    ['/retry of two targets', '/retry a b', /got also "b"/],
    ['/retry with a branch', '/retry @main', /7 to 64 hex digits/],
    ['words after /status', '/status now', /expected nothing after \/status, got "now"/],
    ['/status with a commit', '/status @abcdef1', /\/status means no commit/],
    ['/status with a flag', '/status --all', /takes none/],
    [
      '/help on nothing that exists',
      '/help nothing-like-it',
      /no command "nothing-like-it"; expected one of train, val/,
    ],
    ['/help on a typo', '/help trian', /did you mean "train"/],
    ['/help on a name in capitals', '/help TRAIN', /did you mean "train"/],
    ['/help on two commands', '/help train status', /got also "status"/],
    ['/help on what every object has', '/help __proto__', /no command "__proto__"/],
    ['/ok-to-train without a commit', '/ok-to-train', /the commit that you have read, .* got nothing/],
    ['/ok-to-train of six digits', '/ok-to-train abcdef', /7 to 64 hex digits of a commit, got "abcdef"/],
    ['/ok-to-train of a branch', '/ok-to-train main', /7 to 64 hex digits/],
    ['/ok-to-train of HEAD', '/ok-to-train HEAD', /7 to 64 hex digits/],
    ['/ok-to-train of two commits', '/ok-to-train abcdef1 abcdef2', /expected one commit, got also "abcdef2"/],
    ['/ok-to-train with a flag', '/ok-to-train --all', /takes none/],
  ])('%s', (_, body, message) => {
    expectRefused(body, message);
  });
});
