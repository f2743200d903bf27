import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { concluded } from '../../scripts/demo/observe.ts';
import { ROWS, TEAM } from './team.ts';
import { openTeamWorld, plain, type TeamWorld } from './world.ts';

/** A team keeps its data in Git LFS: a pull request changes the pointer, and is judged by what that points at. */
const DATASET = 'data/rows.csv';
const MEDIA_TYPE = 'application/vnd.git-lfs+json';
const oidOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const pointer = (text: string): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${oidOf(text)}\nsize ${Buffer.byteLength(text)}\n`;

const Uploads = z.object({
  objects: z.tuple([z.object({ actions: z.object({ upload: z.object({ href: z.string() }) }) })]),
});

let team: TeamWorld;

/** As `git lfs push` sends an object. */
async function upload(text: string): Promise<void> {
  const { ada, github, team: at } = team.world;
  const response = await fetch(`${github.urls.git(at.owner, at.repo)}/info/lfs/objects/batch`, {
    method: 'POST',
    headers: {
      accept: MEDIA_TYPE,
      authorization: `Basic ${Buffer.from(`ada:${ada.token}`).toString('base64')}`,
    },
    body: JSON.stringify({ operation: 'upload', objects: [{ oid: oidOf(text), size: Buffer.byteLength(text) }] }),
  });
  const { objects } = Uploads.parse(await response.json());
  expect((await fetch(objects[0].actions.upload.href, { method: 'PUT', body: text })).status).toBe(200);
}

beforeAll(async () => {
  team = await openTeamWorld('pointers', { files: { ...TEAM, [DATASET]: pointer(ROWS) } });
  await upload(ROWS);
}, 240_000);
afterAll(() => team?.close());

test('what a changed pointer points at is checked, and training gets those very bytes', async () => {
  const bad = `${ROWS}5,hey,7\n`;
  await upload(bad);
  const { number, head } = await team.propose('more-rows', { [DATASET]: pointer(bad) });
  const red = await team.check(head, 'trainyard / data: rows', concluded('failure'));
  expect(plain(`${red.title}\n${red.summary}\n${red.text}`)).toMatch(/line 6/);

  const good = `${ROWS}5,hey,1\n`;
  await upload(good);
  const fixed = await team.commit('more-rows', { [DATASET]: pointer(good) });
  const green = await team.check(fixed, 'trainyard / data: rows', concluded('success'));
  expect(plain(green.summary)).toMatch(/1 added, 0 removed, 0 changed, 4 unchanged/);

  // The pusher's own comment needs no minute of waiting.
  expect(await team.answer(await team.say(number, '/train greeter'))).toBe('done');
  await team.check(fixed, 'trainyard / ready', concluded('success'), 240);
  const [run] = await team.runs({ pull: number, model: 'greeter' });
  expect(run?.record.source.inputs.map(({ path }) => path)).toContain(DATASET);

  // What nobody has uploaded is not checked, which is not green.
  const lost = await team.commit('more-rows', { [DATASET]: pointer('id,word,label\n9,never,0\n') });
  const open = await team.check(lost, 'trainyard / data: rows', ({ conclusion }) => conclusion !== null);
  expect(open.conclusion).toBe('failure');
  expect(plain(`${open.title}\n${open.summary}`)).toMatch(/not exist on the server/);
}, 300_000);
