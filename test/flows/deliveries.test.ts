import { afterAll, beforeAll, describe, test } from 'vitest';
import { differences, type Sections } from '../end-to-end/canonical-names.ts';
import { CLEAN, tell } from './deliveries/pass.ts';
import { roughPost, type Weather } from './deliveries/post.ts';
import { STORY } from './deliveries/story.ts';
import { type StoryServer, startStories } from './deliveries/world.ts';

let server: StoryServer;
let clean: Sections;

beforeAll(async () => {
  server = await startStories();
  clean = (await tell(await server.open(), STORY, CLEAN)).state;
});
afterAll(() => server.close());

async function endsAsClean(weather: Weather): Promise<void> {
  const { state, log } = await tell(await server.open(), STORY, roughPost(weather));
  const found = differences(clean, state);
  if (found.length > 0) throw new Error(`${found.join('\n')}\n\nafter\n${log.join('\n')}`);
}

const calm: Weather = { seed: 1, twice: 0, lost: 0, late: 0, shuffled: false, flood: 1 };

describe('the story ends as it does in a clean pass when deliveries', () => {
  test.each([
    ['are told again', { ...calm, twice: 100 }],
    ['come late', { ...calm, late: 4 }],
    ['come in any order', { ...calm, late: 2, shuffled: true }],
    ['get lost', { ...calm, lost: 20 }],
    ['all get lost', { ...calm, lost: 100 }],
    ['come in floods', { ...calm, flood: 3 }],
  ])('%s', async (_name, weather) => {
    await endsAsClean(weather);
  });
});
