import { describe, expect, test } from 'vitest';
import { StoreConfig } from '../../../core/config/policy.ts';
import { RepositoryName } from '../../../core/names.ts';
import { isWithin, storePlace } from '../../../core/training/store.ts';

const repository = RepositoryName.parse('Team/Planes');
const place = (s3: object) => storePlace(StoreConfig.parse({ s3: { bucket: 'team-runs', ...s3 } }), repository);

describe('the place of a repository’s runs', () => {
  test.each([
    [{}, 'https://s3.us-east-1.amazonaws.com/team-runs/team/planes/'],
    [
      { region: 'eu-central-1', prefix: 'ml/runs' },
      'https://s3.eu-central-1.amazonaws.com/team-runs/ml/runs/team/planes/',
    ],
    [{ endpoint: 'https://minio.example.com:9000/' }, 'https://minio.example.com:9000/team-runs/team/planes/'],
  ])('by %j is %s', (s3, address) => {
    expect(place(s3).address).toBe(address);
  });

  test('is the same however the repository’s name is written', () => {
    const other = storePlace(StoreConfig.parse({ s3: { bucket: 'team-runs' } }), RepositoryName.parse('team/planes'));
    expect(other.address).toBe(place({}).address);
  });
});

describe('an address', () => {
  const own = place({ endpoint: 'https://store.example.com' });
  test('of an object of the repository is within its place', () => {
    expect(
      isWithin(own, 'https://store.example.com/team-runs/team/planes/01J/attempt-1/output.tar?X-Amz-Signature=a'),
    ).toBe(true);
  });
  test.each([
    'http://store.example.com/team-runs/team/planes/01J/output.tar',
    'https://store.example.com:8443/team-runs/team/planes/01J/output.tar',
    'https://store.example.com.evil.example/team-runs/team/planes/01J/output.tar',
    'https://store.example.com@evil.example/team-runs/team/planes/01J/output.tar',
    'https://user:word@store.example.com/team-runs/team/planes/01J/output.tar',
    'https://store.example.com/team-runs/team/planes/../others/01J/output.tar',
    'https://store.example.com/team-runs/team/planes/%2e%2e/others/01J/output.tar',
    'https://store.example.com/team-runs/team/planes\\..\\others/01J/output.tar',
    'https://store.example.com/other-bucket/team/planes/01J/output.tar',
    'https://169.254.169.254/team-runs/team/planes/latest',
    'file:///team-runs/team/planes/x',
    'no address',
  ])('such as %s is not', (address) => {
    expect(isWithin(own, address)).toBe(false);
  });
});
