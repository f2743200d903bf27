import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLE } from '../../scripts/demo/repositories.ts';
import { until } from '../../scripts/demo/wait.ts';
import { type RayCluster, startCluster } from '../adapters/engines/ray/cluster.ts';
import { type Moto, startMoto } from '../adapters/stores/s3/moto.ts';
import { CONFIG, TEAM } from './team.ts';
import { openTeamWorld, type Proposed, type TeamWorld } from './world.ts';

/** Of the store that engines use. */
export const BUCKET = 'team-runs';

/** Of the identity that reads data, as a team hands it to its workflows. */
const SECRETS = { DATA_AWS_ACCESS_KEY_ID: 'testing', DATA_AWS_SECRET_ACCESS_KEY: 'testing' };

function withIdentity(moto: Moto): Record<string, string> {
  const handed = Object.keys(SECRETS).map((name) => `      ${name}: \${{ secrets.${name} }}\n`);
  const more = `      data_endpoint: ${moto.endpoint}\n    secrets:\n${handed.join('')}`;
  const paths = ['train', 'judge', 'validate'].map((name) => `.github/workflows/trainyard-${name}.yml`);
  return Object.fromEntries(paths.map((path) => [path, `${readFileSync(join(EXAMPLE, path), 'utf8')}${more}`]));
}

function configOf(moto: Moto, ray: RayCluster): string {
  const policy = `policy:
  engines: [runner, ray]
  engine_options: { ray: { address: "${ray.address}" } }
  store: { s3: { bucket: ${BUCKET}, endpoint: "${moto.endpoint}" } }
  locations: [s3://${BUCKET}/data/]
`;
  const train = 'timeout: 10m\n      retries: 2\n      checkpoint: { interval: 1s }\n    evaluate:';
  return CONFIG.replace('timeout: 10m\n    evaluate:', train).replace('policy:\n', policy);
}

/** A team whose App has a real Ray and a store that speaks S3. */
export class RayTeam {
  readonly moto: Moto;
  readonly ray: RayCluster;
  readonly team: TeamWorld;
  readonly config: string;

  private constructor(moto: Moto, ray: RayCluster, team: TeamWorld, config: string) {
    this.moto = moto;
    this.ray = ray;
    this.team = team;
    this.config = config;
  }

  static async open(name: string): Promise<RayTeam> {
    const moto = await startMoto(BUCKET);
    const ray = await startCluster();
    await ray.addMachine('first');
    const config = configOf(moto, ray);
    const team = await openTeamWorld(name, {
      files: { ...TEAM, ...withIdentity(moto), '.github/trainyard.yml': config },
      settings: {
        TRAINYARD_TIMER_SECONDS: '2',
        TRAINYARD_STORE_BUCKETS: BUCKET,
        TRAINYARD_STORE_ENDPOINT: moto.endpoint,
        TRAINYARD_STORE_ACCESS_KEY_ID: moto.credentials.accessKeyId,
        TRAINYARD_STORE_SECRET_ACCESS_KEY: moto.credentials.secretAccessKey,
        TRAINYARD_RAY_ADDRESS: ray.address,
        TRAINYARD_RAY_TOKEN: ray.token,
      },
    });
    const { github, team: at } = team.world;
    const repository = github.repository(at.owner, at.repo);
    for (const [secret, value] of Object.entries(SECRETS)) github.setSecret(repository, secret, value);
    return new RayTeam(moto, ray, team, config);
  }

  async close(): Promise<void> {
    this.team.assertConforms();
    await this.team.close();
    await this.ray.stop();
    await this.moto.stop();
  }

  async recordOf({ number }: Proposed) {
    return (await this.team.runs({ pull: number }))[0]?.record;
  }

  async judged(pull: Proposed) {
    return until(`the judgement of #${pull.number}`, 200, async () => {
      const record = await this.recordOf(pull);
      if (record?.state.state === 'failed') throw new Error(`${record.state.reason}: ${record.state.message}`);
      return record?.state.state === 'judged' ? { ...record, state: record.state } : undefined;
    });
  }
}
