import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RepoPath } from '../../../../core/names.ts';
import { resolveStage, stageFiles, withStageInputs } from '../../../../core/training/dvc/stage.ts';

const PARAMS = 'seed: 7\ntrain:\n  epochs: 20\n  lr: 0.1\n';
const files = new Map([
  ['params.yaml', PARAMS],
  ['conf/more.yaml', 'size: 3\nother: 4\n'],
  ['lists.json', '{"depth": 2}'],
]);
const stage = (body: string, rest = ''): string => `${rest}stages:\n  train:\n${body.replace(/^/gm, '    ')}\n`;
const resolved = (text: string, address = 'train', given: ReadonlyMap<string, string> = files) =>
  resolveStage(text, address, given);

function told(text: string, address = 'train', given: ReadonlyMap<string, string> = files) {
  const found = resolved(text, address, given);
  if (!found.ok) throw new Error(found.message);
  return found.value;
}

describe('a stage of dvc.yaml', () => {
  test('gives its command, what it reads and what it leaves', () => {
    const text = stage(`cmd: python train.py
deps: [train.py, data/flights.csv]
params: [train.epochs, seed, {lists.json: [depth]}]
outs: [model.bin, {cache/: {cache: false}}]
metrics: [{metrics.json: {cache: false}}]
plots: [{roc.csv: {x: fpr}}]`);
    expect(told(text)).toMatchObject({
      command: 'python train.py',
      inputs: ['data/flights.csv', 'lists.json', 'params.yaml', 'train.py'],
      outputs: { outs: ['cache', 'model.bin'], metrics: ['metrics.json'], plots: ['roc.csv'] },
    });
  });

  test('is run in its folder, and so are its paths', () => {
    const text = stage("cmd: python train.py\nwdir: it's\ndeps: [train.py, ../lib]\nouts: [model.bin]");
    expect(told(text)).toMatchObject({
      command: "cd -- 'it'\\''s'\npython train.py",
      inputs: ["it's/train.py", 'lib'],
      outputs: { outs: ["it's/model.bin"] },
    });
  });

  test('of a folder is run there, with the parameters there', () => {
    const text = stage('cmd: python train.py ${size}\nparams: [size]\nouts: [model.bin]');
    expect(told(text, 'models/a/dvc.yaml:train', new Map([['models/a/params.yaml', 'size: 9\n']]))).toMatchObject({
      command: "cd -- 'models/a'\npython train.py 9",
      inputs: ['models/a/params.yaml'],
      outputs: { outs: ['models/a/model.bin'] },
    });
  });

  test('of several commands gives each a shell of its own, in their order', () => {
    expect(told(stage('cmd: [cd src, python train.py]')).command).toBe('(\ncd src\n)\n(\npython train.py\n)');
  });

  test.each([
    ['', '${train.epochs} ${seed}', '20 7'],
    ['vars: [{where: [here, there]}, conf/more.yaml:size]\n', '${where[1]} ${size}', 'there 3'],
    ['vars: [params.yaml]\n', '${seed}', '7'],
  ])('is filled in from params.yaml and vars (%j)', (vars, template, expected) => {
    expect(told(stage(`cmd: echo ${template}`, vars)).command).toBe(`echo ${expected}`);
  });

  test('says which files it takes to resolve it', () => {
    const text = stage('cmd: x\nvars: [conf/more.yaml:size]\nparams: [a, {lists.json: null}]', 'vars: [other.yaml]\n');
    expect(stageFiles(text, 'train')).toEqual(['params.yaml', 'other.yaml', 'conf/more.yaml', 'lists.json']);
    expect(stageFiles('stages: [', 'train')).toEqual([]);
  });

  test('names what other stages make, which no commit has', () => {
    const text = `${stage('cmd: x\ndeps: [data/clean.csv]')}  prepare:\n    cmd: y\n    wdir: data\n    outs: [clean.csv]\n`;
    expect([...told(text).made]).toEqual([['data/clean.csv', 'prepare']]);
  });

  test.each([
    ['is not there', stage('cmd: x').replace('train:', 'fit:'), 'stage train: is not there; the stages are: fit'],
    ['is made by foreach', 'stages: { train: { foreach: [1, 2], do: { cmd: x } } }', 'foreach makes several stages'],
    ['is a matrix', 'stages: { train: { matrix: { a: [1] }, cmd: x } }', 'matrix makes several stages'],
    ['is frozen', stage('cmd: x\nfrozen: true'), 'it is frozen'],
    ['has no command', stage('outs: [x]'), 'cmd:'],
    ['has a key that DVC does not know', stage('cmd: x\noutputs: [x]'), 'outputs'],
    [
      'reads what lies outside',
      stage('cmd: x\ndeps: [../secret]'),
      'deps: expected a path inside the repository, got ../secret',
    ],
    ['reads what lies in a store', stage('cmd: x\ndeps: ["s3://bucket/data"]'), 'got s3://bucket/data'],
    ['leaves something outside', stage('cmd: x\nouts: [/etc/passwd]'), 'outs: expected a path inside the repository'],
    ['leaves something in .git', stage('cmd: x\nouts: [.git/hooks/pre-commit]'), 'outs: expected a path'],
    ['is run outside', stage('cmd: x\nwdir: ../other'), 'wdir: expected a folder of the repository'],
    ['has a parameter that is not there', stage('cmd: x\nparams: [train.depth]'), 'params.yaml has no train.depth'],
    [
      'has parameters of a file that is not there',
      stage('cmd: x\nparams: [{no.yaml: [a]}]'),
      'no.yaml is not in this commit',
    ],
    ['has vars of a file that is not there', stage('cmd: x', 'vars: [no.yaml]\n'), 'vars names no.yaml'],
    ['has vars that stand twice', stage('cmd: x', 'vars: [{seed: 1}]\n'), 'seed stands twice'],
    ['names a value that is not there', stage('cmd: echo ${nothing}'), 'nothing is called ${nothing}'],
    ['is in a file that is no YAML', 'stages: {', 'dvc.yaml:'],
    ['is in a file of something else', 'stages: 3', 'dvc.yaml: stages'],
  ])('that %s is refused by name', (_what, text, message) => {
    const found = resolved(text);
    expect(found.ok).toBe(false);
    expect(!found.ok && found.message).toContain(message);
  });

  test('whose many templates together make too much is refused', () => {
    const outs = Array.from({ length: 300 }, (_, index) => `'${index}\${long}'`).join(', ');
    const found = resolved(
      stage(`cmd: python train.py\nouts: [${outs}]`),
      'train',
      new Map([['params.yaml', `long: ${'x'.repeat(5000)}`]]),
    );
    expect(found).toMatchObject({ ok: false, message: expect.stringContaining('more than 1048576 characters') });
  });

  test('of any text neither throws nor names a path outside of the repository', () => {
    const word = fc.constantFrom('..', '/', 'a', '${seed}', '${x}', '.git', 's3://b', '-', "'", '\n', '*');
    const path = fc.array(word, { maxLength: 5 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(path, path, path, (wdir, dep, out) => {
        const text = JSON.stringify({ stages: { train: { cmd: 'x', wdir, deps: [dep], outs: [out] } } });
        const found = resolved(text);
        if (!found.ok) return;
        for (const one of [...found.value.inputs, ...found.value.outputs.outs])
          expect(RepoPath.safeParse(one).success).toBe(true);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => typeof resolved(text).ok === 'boolean'));
  });
});

test('inputs of a stage come beside those of the config, each once, without the datasets', () => {
  const paths = (...all: string[]) => all.map((path) => RepoPath.parse(path));
  const { inputs, ...rest } = told(stage('cmd: x\ndeps: [src/train.py, data/flights.csv, lib]\nparams: [seed]'));
  expect(withStageInputs(paths('src', 'lib/a.py'), { inputs, ...rest }, paths('data/flights.csv'))).toEqual(
    paths('lib', 'params.yaml', 'src'),
  );
});
