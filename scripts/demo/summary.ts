import { createHash } from 'node:crypto';
import { expectCli } from './cli.ts';
import { tagNames } from './observe.ts';
import type { World } from './world.ts';

/** What happened, as the local GitHub holds it now: every line is read back through its API, none is remembered. */
export async function summary(world: World): Promise<string[]> {
  const { octokit } = world.ada;
  const lines: string[] = [];
  const { data: pulls } = await octokit.rest.pulls.list({
    ...world.team,
    state: 'all',
    sort: 'created',
    direction: 'asc',
  });
  for (const pull of pulls) {
    const { data } = await octokit.rest.checks.listForRef({
      ...world.team,
      ref: pull.head.sha,
      check_name: 'trainyard / ready',
    });
    const ready = data.check_runs[0];
    const state = pull.merged_at !== null ? 'merged' : pull.state;
    lines.push(
      `PR #${pull.number} ${pull.title} (${state}): ready ${ready?.conclusion ?? ready?.status ?? 'absent'} – ${ready?.output.title ?? ''}`,
    );
  }
  for (const tag of await tagNames(world, 'flight-delay')) {
    const { data: ref } = await octokit.rest.git.getRef({ ...world.team, ref: `tags/${tag}` });
    lines.push(`tag ${tag} → ${ref.object.type} ${ref.object.sha.slice(0, 10)}`);
  }
  const { data: releases } = await octokit.rest.repos.listReleases(world.team);
  for (const release of releases) {
    for (const asset of release.assets) {
      const { data } = await octokit.rest.repos.getReleaseAsset({
        ...world.team,
        asset_id: asset.id,
        headers: { accept: 'application/octet-stream' },
      });
      // With this accept header the answer is the asset's bytes, which the generated type does not say.
      const digest = createHash('sha256')
        .update(Buffer.from(data as unknown as ArrayBuffer))
        .digest('hex');
      lines.push(`release ${release.tag_name}: ${asset.name}, ${asset.size} bytes, sha256 ${digest.slice(0, 16)}…`);
    }
  }
  const { data: deployments } = await octokit.rest.repos.listDeployments(world.team);
  for (const deployment of deployments)
    lines.push(`deployment ${deployment.environment}: ${deployment.description ?? ''}`);
  const verified = await expectCli(world, world.ada, ['verify', '--json']);
  const report: unknown = JSON.parse(verified.stdout);
  if (typeof report === 'object' && report !== null && 'entries' in report && Array.isArray(report.entries))
    lines.push(`ledger: ${report.entries.length} signed entries, chain and signatures verified`);
  return lines;
}
