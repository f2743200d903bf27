import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PolicyConfig } from '../../../core/config/policy.ts';
import { ModelConfig } from '../../../core/config/schema.ts';
import { locationProblem, locationProblems, locationSyntaxProblem } from '../../../core/policy/locations.ts';

describe('under a prefix of policy', () => {
  test.each<[string, string, boolean]>([
    ['s3://team/data', 's3://team/data/a.csv', true],
    ['s3://team/data/', 's3://team/data/a.csv', true],
    ['s3://team/data', 's3://team/data', true],
    ['s3://team/data', 's3://team/data/', true],
    ['s3://team/data', 's3://team/database/a.csv', false],
    ['s3://team/data', 's3://team/dat', false],
    ['s3://team/data', 's3://team/a.csv', false],
    ['s3://team/data', 's3://team/Data/a.csv', false],
    ['s3://team', 's3://team/a.csv', true],
    ['s3://team', 's3://team-2/a.csv', false],
    ['s3://team', 's3://te/am/a.csv', false],
    ['s3://team', 'gs://team/a.csv', false],
    ['s3://team/', 'https://team/a.csv', false],
    ['gs://team/a', 'gs://team/a/year=2026/x.parquet', true],
    ['az://team/a', 'az://team/a/x', true],
    ['abfss://data@acme.dfs.core.windows.net/a', 'abfss://data@acme.dfs.core.windows.net/a/x', true],
    ['abfss://data@acme.dfs.core.windows.net/a', 'abfss://other@acme.dfs.core.windows.net/a/x', false],
    ['abfss://data@acme.dfs.core.windows.net/a', 'abfss://data@evil.dfs.core.windows.net/a/x', false],
    ['hdfs://namenode:8020/a', 'hdfs://namenode:8020/a/x', true],
    ['hdfs://namenode:8020/a', 'hdfs://namenode:9000/a/x', false],
    ['hdfs://namenode/a', 'hdfs://namenode:443/a/x', false],
    ['https://data.example.com/a', 'https://data.example.com/a/x.csv', true],
    ['https://data.example.com/a', 'https://DATA.Example.com/a/x.csv', true],
    ['https://data.example.com/a', 'https://data.example.com:443/a/x.csv', true],
    ['https://data.example.com/a', 'https://data.example.com:8443/a/x.csv', false],
    ['https://data.example.com/a', 'https://data.example.com.evil.com/a/x.csv', false],
    ['https://data.example.com', 'https://evil.com/data.example.com/x.csv', false],
    ['https://data.example.com/a', 'https://data.example.com/a%2fx', false],
    ['https://data.example.com/ä', 'https://data.example.com/ä/x', false],
    ['https://data.example.com/%C3%A4', 'https://data.example.com/%c3%a4/x', true],
    ['gs://123456789/a', 'gs://0x75bcd15/a/x', false],
  ])('%s and %s: %s', (prefix, location, expected) => {
    expect(locationProblem(location, [prefix]) === null).toBe(expected);
  });

  test('any of several', () => {
    expect(locationProblem('s3://other/x', ['s3://team', 's3://other'])).toBeNull();
  });

  test('none where policy names none', () => {
    expect(locationProblem('s3://other/x', [])).toBe(
      'expected a location under one of policy.locations of the default branch (there are none), got "s3://other/x"',
    );
  });

  test('a prefix that is none allows nothing', () => {
    expect(locationProblem('s3://other/x', ['', 's3://', 's3:', '*', 's3://*/'])).not.toBeNull();
  });
});

describe('is no location', () => {
  test.each([
    ['an instance’s metadata', 'https://169.254.169.254/latest/meta-data'],
    ['metadata in decimal', 'https://2852039166/latest'],
    ['metadata in hex', 'https://0xa9fea9fe/latest'],
    ['metadata in hex by parts', 'https://0xa9.0xfe.0xa9.0xfe/latest'],
    ['metadata in octal', 'https://0251.0376.0251.0376/latest'],
    ['metadata in fewer parts', 'https://169.254.43518/latest'],
    ['metadata in mixed parts', 'https://169.0xfe.43518/latest'],
    ['metadata with a dot behind', 'https://169.254.169.254./latest'],
    ['metadata with a port', 'https://169.254.169.254:443/latest'],
    ['metadata with encoded dots', 'https://169%2e254%2e169%2e254/latest'],
    ['metadata in wide digits', 'https://１６９.254.169.254/latest'],
    ['metadata with ideographic dots', 'https://169。254。169。254/latest'],
    ['metadata as IPv4 in IPv6', 'https://[::ffff:a9fe:a9fe]/latest'],
    ['metadata as IPv4 in IPv6 with dots', 'https://[::ffff:169.254.169.254]/latest'],
    ['metadata as IPv4 in IPv6, long', 'https://[0:0:0:0:0:ffff:a9fe:a9fe]/latest'],
    ['metadata by NAT64', 'https://[64:ff9b::a9fe:a9fe]/latest'],
    ['metadata by 6to4', 'https://[2002:a9fe:a9fe::1]/latest'],
    ['metadata of Amazon in IPv6', 'https://[fd00:ec2::254]/latest'],
    ['metadata of Google', 'https://metadata.google.internal/computeMetadata/v1'],
    ['metadata of Google in capitals', 'https://Metadata.Google.INTERNAL/x'],
    ['metadata of Google with a dot behind', 'https://metadata.google.internal./x'],
    ['metadata of Google by its short name', 'https://metadata/x'],
    ['metadata of Google by another name', 'https://metadata.goog/x'],
    ['metadata of Alibaba', 'https://100.100.100.200/latest'],
    ['metadata of Oracle', 'https://192.0.0.192/latest'],
    ['the host of Azure', 'https://168.63.129.16/x'],
    ['metadata by an instance’s name', 'https://instance-data/latest'],
    ['metadata by a name that holds an address', 'https://169.254.169.254.nip.io/latest'],
    ['metadata behind another scheme', 'hdfs://169.254.169.254/latest'],
    ['metadata in hex behind another scheme', 'hdfs://0xa9fea9fe/latest'],
    ['metadata as a bucket', 's3://169.254.169.254/latest'],
    ['metadata as a bucket in decimal', 's3://2852039166/latest'],
    ['loopback', 'https://127.0.0.1/x'],
    ['loopback, short', 'https://127.1/x'],
    ['loopback of another number', 'https://127.9.9.9/x'],
    ['loopback in IPv6', 'https://[::1]/x'],
    ['any address', 'https://0.0.0.0/x'],
    ['nought', 'https://0/x'],
    ['any address in IPv6', 'https://[::]/x'],
    ['localhost', 'https://localhost/x'],
    ['localhost in capitals', 'https://LOCALHOST/x'],
    ['a name below localhost', 'https://a.localhost/x'],
    ['private, 10', 'https://10.0.0.5/x'],
    ['private, 172.16', 'https://172.31.255.255/x'],
    ['private, 192.168', 'https://192.168.1.1/x'],
    ['a carrier’s', 'https://100.64.0.1/x'],
    ['link-local in IPv6', 'https://[fe80::1]/x'],
    ['link-local in IPv6 with a zone', 'https://[fe80::1%25eth0]/x'],
    ['unique local in IPv6', 'https://[fc00::1]/x'],
    ['multicast', 'https://224.0.0.1/x'],
    ['broadcast', 'https://255.255.255.255/x'],
    ['documentation in IPv6', 'https://[2001:db8::1]/x'],
    ['a service of the cluster', 'https://vault.default.svc.cluster.local/x'],
    ['a public address in decimal', 'https://134744072/x'],
    ['a password', 'https://ada:secret@data.example.com/x'],
    ['a name', 'https://ada@data.example.com/x'],
    ['a host behind a false one', 'https://data.example.com@evil.com/x'],
    ['a host behind an encoded false one', 'https://data.example.com%40evil.com/x'],
    ['a bucket with a password', 's3://key:secret@team/x'],
    ['a container with a password', 'abfss://data:secret@acme.dfs.core.windows.net/x'],
    ['no container', 'abfss://acme.dfs.core.windows.net/x'],
    ['a signature', 'https://data.example.com/x?X-Amz-Signature=1'],
    ['a fragment', 'https://data.example.com/x#a'],
    ['a backslash', 'https://data.example.com\\@evil.com/x'],
    ['backslashes for slashes', 'https:\\\\evil.com/x'],
    ['a backslash in the path', 's3://team/data\\..\\x'],
    ['a step upwards', 's3://team/data/../secret'],
    ['a step upwards at the end', 's3://team/data/..'],
    ['a step upwards, encoded', 's3://team/data/%2e%2e/secret'],
    ['a step upwards, half encoded', 's3://team/data/.%2E/secret'],
    ['a step upwards, encoded twice', 's3://team/data/%252e%252e/secret'],
    ['an encoded slash', 's3://team/data%2fsecret'],
    ['an encoded nought', 's3://team/data/a%00.csv'],
    ['a broken code', 's3://team/data/a%zz'],
    ['a step in place', 's3://team/./data'],
    ['an empty part', 's3://team//data'],
    ['a space', 's3://team/a b'],
    ['a line', 's3://team/a\nb'],
    ['a tab in the scheme', 's\t3://team/a'],
    ['space before', ' s3://team/a'],
    ['other letters', 's3://team/dätä'],
    ['a host in other letters', 'https://dаta.example.com/x'],
    ['a wildcard', 's3://team/*'],
    ['a variable', 's3://team/$HOME'],
    ['no bucket', 's3:///a'],
    ['no slashes', 's3:team/a'],
    ['one slash', 'https:/data.example.com/a'],
    ['three slashes', 'https:///data.example.com/a'],
    ['a bucket in capitals', 's3://Team/a'],
    ['a bucket with a port', 's3://team:80/a'],
    ['two dots in the host', 'https://data..example.com/a'],
    ['a port too many', 'https://data.example.com:99999/a'],
    ['port nought', 'https://data.example.com:0/a'],
    ['http', 'http://data.example.com/a'],
    ['a file', 'file:///etc/passwd'],
    ['a scheme in capitals', 'S3://team/a'],
    ['another scheme', 'ftp://data.example.com/a'],
    ['a script', 'javascript://data.example.com/a'],
    ['a path', '/data/a'],
    ['nothing', ''],
    ['more than 500 characters', `s3://team/${'a'.repeat(500)}`],
  ])('%s', (_, location) => {
    expect(locationSyntaxProblem(location)).not.toBeNull();
    // Nor as its own prefix, whoever wrote it into policy.
    expect(locationProblem(location, [location])).not.toBeNull();
  });
});

test.each([
  [
    'what was expected and found',
    'ftp://x/y',
    'expected a location that begins with s3://, gs://, az://, abfss://, hdfs://, https://, got "ftp://x/y"',
  ],
  [
    'no password',
    'https://ada:secret@x.com/y?token=z',
    'expected a location without "?" and "#", which may hold credentials, got "https://…@x.com/y?…"',
  ],
])('a refusal says %s', (_, location, message) => {
  expect(locationProblem(location, [])).toBe(message);
});

test('whatever is accepted reads as the same place to the URL standard', () => {
  const piece = fc.constantFrom(
    's3',
    'https',
    '://',
    '/',
    '..',
    '.',
    '%2e',
    '%41',
    '@',
    ':',
    '\\',
    'team',
    'data',
    'evil.com',
    '169.254.169.254',
    '0x7f.1',
    '[::1]',
    '?',
    '#',
    '\t',
    'A',
  );
  const text = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(''));
  const location = fc.oneof(
    text,
    text.map((rest) => `s3://team/data/${rest}`),
    text.map((rest) => `https://data.example.com/a/${rest}`),
    fc.webUrl(),
  );
  const prefixes = ['s3://team/data', 'https://data.example.com/a'];
  fc.assert(
    fc.property(location, (url) => {
      if (locationProblem(url, prefixes) !== null) return;
      const { protocol, host, pathname, username, password, search, hash } = new URL(url);
      const place = `${protocol}//${host}${pathname}/`;
      expect(prefixes.some((prefix) => place.startsWith(`${prefix}/`))).toBe(true);
      expect([username, password, search, hash]).toEqual(['', '', '', '']);
    }),
    { numRuns: 2000 },
  );
});

describe('a model', () => {
  const model = (data: object) => ModelConfig.parse({ inputs: ['src'], data, train: { run: 'x' } });
  const queries = { flights: { at: 'snowflake', account: 'ab1', query: 'SELECT 1 AS a' } };
  const policy = PolicyConfig.parse({ locations: ['s3://team/'], queries });
  test('without locations has no problem', () => {
    expect(locationProblems(model({ rows: { path: 'a.csv' } }), policy)).toEqual([]);
  });

  test('with a location that policy does not name says which dataset', () => {
    const problems = locationProblems(model({ rows: { path: 'a.csv', location: 's3://mallory/a' } }), policy);
    expect(problems).toMatchObject([{ dataset: 'rows', message: expect.stringContaining('policy.locations') }]);
  });

  const pinned = { path: 'a.csv', location: 's3://team/a', sha256: 'a'.repeat(64) };

  test('with a pinned location that policy names is trained', () => {
    expect(locationProblems(model({ rows: pinned }), policy)).toEqual([]);
  });

  test.each([
    ['in a store, pinned', { ...pinned, location: 'delta:s3://team/a', version: 3 }],
    ['by its metadata', { ...pinned, location: 'iceberg:s3://team/t/metadata/1.metadata.json' }],
    ['that a query of policy gives', { ...pinned, path: 'a.jsonl', location: 'query:flights' }],
    ['in git, which pins it', { path: 'a.parquet', location: 'delta:tables/a' }],
  ])('with a table %s is trained', (_what, rows) => {
    expect(locationProblems(model({ rows }), policy)).toEqual([]);
  });

  test.each([
    ['without a pin', { path: 'a.csv', location: 's3://team/a' }, {}, 'not pinned: add its sha256'],
    ['of a fork', pinned, { fork: true }, 'nothing is fetched for a fork'],
    [
      'of a fork’s own table',
      { path: 'a.csv', location: 'delta:tables/a' },
      { fork: true },
      'nothing is fetched for a fork',
    ],
    [
      'of a table without a pin',
      { path: 'a.csv', location: 'delta:s3://team/a', version: '3' },
      {},
      'not pinned: add its sha256',
    ],
    [
      'of a table that policy does not name',
      { ...pinned, location: 'delta:s3://mallory/a' },
      {},
      'expected a location under one of policy.locations',
    ],
    [
      'of a table whose metadata alone policy names',
      { ...pinned, location: 'iceberg:s3://data/t/metadata/1.metadata.json' },
      {},
      'expected a location under one of policy.locations',
    ],
    [
      'of a query that policy does not have',
      { ...pinned, path: 'a.jsonl', location: 'query:mine' },
      {},
      'expected one of policy.queries of the default branch (flights), got "mine"',
    ],
    ['of a query in words', { ...pinned, location: 'query:SELECT 1' }, {}, 'the name of one of policy.queries'],
    ['of a query that every object has', { ...pinned, location: 'query:constructor' }, {}, 'policy.queries'],
    ['of a query without a pin', { path: 'a.jsonl', location: 'query:flights' }, {}, 'not pinned: add its sha256'],
    ['of a table on the web', { ...pinned, location: 'delta:https://team.example.com/a' }, {}, 'speaks S3'],
    [
      'of a table nowhere',
      { ...pinned, location: 'delta:../a' },
      {},
      'names a folder of this repository or of a store',
    ],
    ['from which nothing is fetched', { ...pinned, location: 'gs://team/a' }, {}, 'not yet from gs://'],
  ])('with a location %s is not', (_what, rows, { fork = false }: { fork?: boolean }, message) => {
    const allowed = { ...policy, locations: [...policy.locations, 'gs://team', 's3://data/t/metadata'] };
    const problems = locationProblems(model({ rows }), allowed, { fork });
    expect(problems).toMatchObject([{ dataset: 'rows', message: expect.stringContaining(message) }]);
  });
});
