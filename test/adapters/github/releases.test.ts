import { Octokit } from 'octokit';
import { describe, expect, test } from 'vitest';
import { githubApi } from '../../../adapters/github/api.ts';
import { releases } from '../../../adapters/github/releases.ts';

const ASSET = { name: 'package.tar', contentType: 'application/x-tar', bytes: new Uint8Array([1, 2, 3]) };
const asked = { tag: 'delay@v1.0.0', name: 'delay v1.0.0', body: 'notes', assets: [ASSET] };

/** A release that is there, with these assets and this upload address. */
function releaseOver(
  assets: readonly object[],
  uploadUrl = 'https://uploads.github.com/repos/o/r/releases/1/assets{?name,label}',
) {
  const seen: string[] = [];
  const octokit = new Octokit({
    throttle: { enabled: false },
    retry: { enabled: false },
    request: {
      fetch: async (url: string, init: RequestInit) => {
        seen.push(`${init.method} ${url}`);
        if (init.method === 'DELETE') return new Response(null, { status: 204 });
        if (init.method === 'POST') return Response.json({ id: 9, name: 'package.tar', size: 3, state: 'uploaded' });
        const own = 'https://api.github.com/repos/o/r/releases/1';
        return Response.json({ id: 1, html_url: 'h', url: own, upload_url: uploadUrl, assets });
      },
    },
  });
  const api = githubApi({
    octokit: { request: (route, parameters) => octokit.request(route, parameters) },
    repository: { owner: 'o', repo: 'r' },
  });
  return { seen, ensure: () => releases(api).ensure(asked) };
}

const asset = (size: number, state = 'uploaded') => ({ id: 7, name: 'package.tar', size, state });
const REMOVED = 'DELETE https://api.github.com/repos/o/r/releases/assets/7';
const SENT = 'POST https://uploads.github.com/repos/o/r/releases/1/assets?name=package.tar';

describe('an asset of a release', () => {
  test.each([
    ['is there whole', [asset(3)], []],
    ['is missing', [], [SENT]],
    ['has another size', [asset(2)], [REMOVED, SENT]],
    ['broke off while it was sent', [asset(3, 'starter')], [REMOVED, SENT]],
  ])('that %s: %j', async (_what, assets, writes) => {
    const { seen, ensure } = releaseOver(assets);
    await ensure();
    expect(seen.slice(1)).toEqual(writes);
  });

  test.each([
    'https://evil.example.com/upload{?name,label}',
    'http://uploads.github.com/upload{?name,label}',
    'https://api.github.com.evil.example.com/upload{?name}',
  ])('is never sent, with our token, to %s', async (address) => {
    const { seen, ensure } = releaseOver([], address);
    await expect(ensure()).rejects.toMatchObject({ code: 'malformed' });
    expect(seen).toHaveLength(1);
  });
});
