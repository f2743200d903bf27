import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sha256Hex } from '../../core/canonical.ts';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { handleComment } from '../../flows/comment.ts';
import { PortError, type Ports } from '../../flows/ports.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { makeKey } from '../core/samples.ts';
import { type FlowPorts, flowPorts } from './ports.ts';

const where = { owner: OWNER, repo: REPO };
const key = makeKey();
const CONFIG = `version: 1
models:
  delay: { inputs: [train.py], train: { run: python train.py } }
policy:
  signing: { keys: [keys/trainyard.pub] }
  concurrency: 20
`;
const One = z.object({ id: z.int() });
const Reactions = z.array(z.object({ content: z.string() }));

let world: World;
let ports: FlowPorts;
let number: number;
let pulls = 0;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  pulls += 1;
  const base = await world.commit('main', {
    [CONFIG_PATH]: CONFIG,
    'train.py': 'print(1)\n',
    'keys/trainyard.pub': key.public.pem,
  });
  const sha = await world.commit(`change-${pulls}`, { 'train.py': `print(${pulls}0)\n` }, base);
  const body = { ...where, head: `change-${pulls}`, base: 'main', title: 'Change' };
  const { data } = await world.ada.request('POST /repos/{owner}/{repo}/pulls', body);
  number = z.object({ number: z.int() }).parse(data).number;
  ports = flowPorts(world, key);
  const pull = await ports.pulls.get(number);
  const { head, updatedAt: at } = pull;
  await ports.inFlight.recordSighting({
    pullRequest: number,
    event: 'head',
    sha,
    headRepository: head.repository,
    at,
    sender: 'ada',
  });
});

async function say(body: string): Promise<number> {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  return One.parse((await world.ada.request(route, { ...where, issue_number: number, body })).data).id;
}

async function reactions(id: number): Promise<string[]> {
  const route = 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions';
  const { data } = await world.ada.request(route, { ...where, comment_id: id });
  return Reactions.parse(data).map(({ content }) => content);
}

const handle = (id: number, digest?: string) => handleComment(ports, { id, pullRequest: number, digest });
const notices = async () => (await ports.inFlight.notices(number)).map(({ tone, message }) => [tone, message]);

describe('a comment', () => {
  test('without a command is left alone', async () => {
    const id = await say('Looks good, and `/train` is next.');
    expect(await handle(id)).toEqual({ code: 'ignored', message: 'no command', reason: 'no_command' });
    expect(await reactions(id)).toEqual([]);
  });

  test('with a command is seen and answered', async () => {
    const id = await say('/train');
    expect(await handle(id)).toMatchObject({ code: 'run_accepted' });
    expect(await reactions(id)).toEqual(['eyes']);
    expect(await notices()).toEqual([['ok', expect.stringMatching(/^delay: run [0-9A-Z]{26} was accepted$/)]]);
  });

  test('that was told twice makes one run and one answer', async () => {
    const id = await say('/train');
    await handle(id);
    const runs = await ports.ledger.runs();
    await handle(id);
    expect(await ports.ledger.runs()).toEqual(runs);
    expect(await notices()).toHaveLength(1);
    expect(await reactions(id)).toEqual(['eyes']);
  });

  test.each(['show', 'audit'])(
    'that GitHub cut short at its step "%s" stays decided when it is handled anew, whatever was merged meanwhile',
    async (broken) => {
      const id = await say('/train');
      const steps: Ports['steps'] = {
        run(name, action) {
          if (name === broken) throw new PortError('unavailable', 'GitHub is away');
          return action();
        },
      };
      await expect(handleComment({ ...ports, steps }, { id, pullRequest: number })).rejects.toThrow('GitHub is away');
      await world.ada.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', { ...where, pull_number: number });
      expect(await handle(id)).toMatchObject({ code: 'run_accepted' });
      expect(await notices()).toEqual([['ok', expect.stringMatching(/was accepted$/)]]);
      expect(await reactions(id)).toEqual(['eyes']);
    },
  );

  test('that is handled anew more than an hour after it was decided, and not carried out, is decided anew', async () => {
    const id = await say('/train');
    const away: Ports['steps'] = {
      run(name, action) {
        if (name.startsWith('draft')) throw new PortError('unavailable', 'GitHub is away');
        return action();
      },
    };
    await expect(handleComment({ ...ports, steps: away }, { id, pullRequest: number })).rejects.toThrow(
      'GitHub is away',
    );
    await world.ada.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', { ...where, pull_number: number });
    const clock = { now: () => new Date(ports.clock.now().getTime() + 3_601_000) };
    const later = await handleComment({ ...ports, clock }, { id, pullRequest: number });
    expect(later).toMatchObject({ code: 'refused', reason: 'pull_request_closed' });
  });

  test('with several commands has each answered, and is seen if one is accepted', async () => {
    const id = await say('/status\n/trian\n/help');
    expect(await handle(id)).toMatchObject({ code: 'refused' });
    expect((await notices()).map(([tone]) => tone)).toEqual(['info', 'refused', 'info']);
    expect(await reactions(id)).toEqual(['eyes']);
  });

  test('whose text is not what was told was edited, and never runs', async () => {
    const id = await say('/train');
    expect(await handle(id, sha256Hex('Looks good.'))).toMatchObject({ code: 'ignored', reason: 'comment_edited' });
    expect(await reactions(id)).toEqual([]);
    expect(await handle(id, sha256Hex('/train'))).toMatchObject({ code: 'run_accepted' });
  });

  test('that is gone is left alone', async () => {
    expect(await handle(99_999_999)).toMatchObject({ code: 'ignored', reason: 'comment_gone' });
  });

  test('of ours is left alone, whatever it says', async () => {
    const { id } = await ports.comments.putSticky(number, '/train', '/train\n');
    expect(await handle(id)).toMatchObject({ code: 'ignored', reason: 'own_comment' });
  });

  test('on a head that was never sighted asks for the commit', async () => {
    ports = flowPorts(world, key);
    const id = await say('/train');
    expect(await handle(id)).toMatchObject({ code: 'refused' });
    const { head } = await ports.pulls.get(number);
    expect(await notices()).toEqual([['refused', expect.stringContaining(`with \`@${head.sha}\` at its end`)]]);
  });
});
