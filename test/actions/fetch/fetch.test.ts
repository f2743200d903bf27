import { afterAll, expect, test } from 'vitest';
import { fetchInputs } from '../../../actions/fetch/fetch.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import { unpackTar } from '../../../core/packaging/tar.ts';
import { sourceOf, trainOrder } from '../orders.ts';
import { NO_ACCESS, openStage } from '../stage.ts';

const stage = openStage();
afterAll(() => stage.close());

type Content = string | { readonly link: string };
const FILES: Record<string, Content> = {
  'src/train.py': 'print("train")\n',
  'src/deep/feature.py': 'x = 1\n',
  'data/rows.csv': 'id\r\n1\r\n',
  'data/other.csv': 'not declared\n',
  'README.md': 'not declared\n',
  '.gitattributes': '* text=auto eol=lf\nsrc export-ignore\n',
};

async function fetchFrom(files: Readonly<Record<string, Content>>, source?: string) {
  const { directory, commit } = stage.repository(files);
  const objects = openObjects(directory, process.env);
  const draft = trainOrder({ commit });
  const order = trainOrder({ commit, source: source ?? sourceOf(draft, await objects.tree(commit)) });
  const inputs = { order, checkout: directory, githubToken: '' };
  const outputs = await fetchInputs(inputs, stage.job(), objects, stage.artifacts, NO_ACCESS);
  return unpackTar(stage.take(outputs.artifactId, 'inputs.tar'));
}

test('the declared inputs are passed on as git has them, and nothing beside them', async () => {
  const files = await fetchFrom(FILES);
  expect(Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString()]))).toEqual({
    'data/rows.csv': 'id\r\n1\r\n',
    'src/deep/feature.py': 'x = 1\n',
    'src/train.py': 'print("train")\n',
  });
});

test('inputs that are not those of the order are refused', async () => {
  await expect(fetchFrom(FILES, 'f'.repeat(64))).rejects.toMatchObject({ code: 'digest_mismatch' });
});

test.each([
  ['a missing input', { 'src/train.py': 'x' }, 'data/rows.csv'],
  ['a link among the inputs', { ...FILES, 'src/link': { link: '../../etc/passwd' } }, 'symbolic link'],
])('%s is refused', async (_what, files, message) => {
  await expect(fetchFrom(files, '0'.repeat(64))).rejects.toMatchObject({
    code: 'input_refused',
    message: expect.stringContaining(message),
  });
});

test('a Git LFS pointer that can’t be followed is refused by name', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;
  await expect(fetchFrom({ ...FILES, 'data/rows.csv': pointer })).rejects.toMatchObject({
    code: 'input_refused',
    message: expect.stringContaining('no server of Git LFS'),
  });
});

test('a name that a package can’t hold is refused', async () => {
  await expect(fetchFrom({ ...FILES, 'src/a:b': 'x' })).rejects.toMatchObject({ code: 'input_refused' });
});
