/**
 * Asks github.com for the behaviours that the local GitHub imitates, and says where the two differ.
 * GITHUB_TOKEN=… GITHUB_REPOSITORY=owner/scratch-repository npm run test:github
 * It makes a branch, an issue, comments and a pull request there, and removes or closes them again. The token needs write access to
 * contents, issues, pull requests and actions of that repository, which should have one commit at least. GITHUB_API_URL names another server.
 * Exit code 0: as expected; 1: a behaviour differs; 2: it could not be asked.
 */
import { probes } from '../test/conformance/probes.ts';
import { openScratch } from '../test/conformance/scratch.ts';

/** GitHub asks for a second between writes. */
const PAUSE_MILLISECONDS = 1000;

async function main(): Promise<number> {
  const {
    GITHUB_TOKEN: token,
    GITHUB_REPOSITORY: repository,
    GITHUB_API_URL: api = 'https://api.github.com',
  } = process.env;
  if (token === undefined || repository === undefined || !/^[^/]+\/[^/]+$/.test(repository)) {
    console.error(
      'expected GITHUB_TOKEN and GITHUB_REPOSITORY=owner/name (a repository to try things in); set both and run it again',
    );
    return 2;
  }
  const scratch = openScratch(api, repository, token, `probe-${Date.now()}`);
  let differ = 0;
  try {
    for (const { id, behaviour, expected, ask } of probes) {
      const found = await ask(scratch);
      if (found === expected) console.log(`confirmed  ${id}: ${behaviour}`);
      else console.log(`DIFFERS    ${id}: ${behaviour}\n           expected ${expected}\n           found    ${found}`);
      differ += found === expected ? 0 : 1;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
  } finally {
    await scratch.clean();
  }
  console.log(
    differ === 0
      ? 'All confirmed: note the date in docs/local-github.md.'
      : `${differ} differ: correct local/ and the probe, then docs/local-github.md.`,
  );
  return differ === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 2;
});
