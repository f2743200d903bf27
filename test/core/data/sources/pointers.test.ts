import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dvcObjectPath,
  parseDvcConfig,
  parseDvcFile,
  parseDvcLock,
  parseDvcManifest,
} from '../../../../core/data/sources/dvc.ts';
import { lfsEndpoint, parsePointer } from '../../../../core/data/sources/lfs.ts';

const OID = '4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393';
const MD5 = '22a1a2931c8370d3aeedd7183606fd7f';

describe('a pointer of Git LFS', () => {
  const text = `version https://git-lfs.github.com/spec/v1\noid sha256:${OID}\nsize 12345\n`;

  test.each([
    ['as the specification writes it', text],
    ['with an extension', text.replace('oid', `ext-0-foo sha256:${OID}\noid`)],
    ['of the time before', text.replace('git-lfs.github.com', 'hawser.github.com')],
  ])('%s is read', (_, pointer) => {
    expect(parsePointer(Buffer.from(pointer))).toEqual({ oid: OID, size: 12_345 });
  });

  test.each([
    ['without a version', text.slice(text.indexOf('\n') + 1)],
    ['of another digest', text.replace('sha256', 'md5')],
    ['without a size', text.replace('size', 'sizes')],
    ['with a size below nothing', text.replace('12345', '-1')],
    ['with an oid that climbs', text.replace(OID, `../../${OID.slice(6)}`)],
    ['longer than a pointer may be', text + 'x'.repeat(1024)],
  ])('%s is none', (_, pointer) => {
    expect(parsePointer(Buffer.from(pointer))).toBeNull();
  });

  test('is no accident of bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => parsePointer(bytes) === null));
  });

  test.each([
    ['https://github.com/o/r', 'https://github.com/o/r.git/info/lfs'],
    ['https://github.com/o/r.git/', 'https://github.com/o/r.git/info/lfs'],
    ['https://user:token@host/o/r.git', 'https://host/o/r.git/info/lfs'],
    ['git@github.com:o/r.git', 'https://github.com/o/r.git/info/lfs'],
    ['ssh://git@host:2222/o/r', 'https://host/o/r.git/info/lfs'],
    ['/srv/git/r.git', null],
    ['file:///srv/git/r.git', null],
  ])('from %s is asked for at %s', (remote, endpoint) => {
    expect(lfsEndpoint(remote)).toBe(endpoint);
  });
});

describe('a pointer of DVC', () => {
  test('of version 3 names an object below files/md5', () => {
    const [output] = parseDvcFile(`outs:\n- md5: ${MD5}\n  size: 9\n  hash: md5\n  path: data.csv\n`) ?? [];
    expect(output).toEqual({ path: 'data.csv', md5: MD5, directory: false, legacy: false, remote: null });
    expect(output === undefined ? '' : dvcObjectPath(output)).toBe(`files/md5/22/${MD5.slice(2)}`);
  });

  test('of version 2 names an object as that stored it', () => {
    const [output] = parseDvcFile(`outs:\n- md5: ${MD5}.dir\n  path: data\nwdir: ..\n`) ?? [];
    expect(output).toEqual({ path: '../data', md5: MD5, directory: true, legacy: true, remote: null });
    expect(output === undefined ? '' : dvcObjectPath(output)).toBe(`22/${MD5.slice(2)}.dir`);
  });

  test('in a lock file is an output of any stage', () => {
    const lock = `schema: '2.0'\nstages:\n  a:\n    cmd: x\n  b:\n    outs:\n    - { path: out.csv, hash: md5, md5: ${MD5} }\n`;
    expect(parseDvcLock(lock)?.map(({ path }) => path)).toEqual(['out.csv']);
  });

  test.each(['', '- a', 'outs: 1', 'outs:\n- { md5: ../../etc, path: x }', 'a: &a [*a]', '{'])('%j is none', (text) => {
    expect(parseDvcFile(text)).toBeNull();
  });

  test('lists a folder’s files', () => {
    expect(parseDvcManifest(JSON.stringify([{ md5: MD5, relpath: 'a/b.csv' }]))).toEqual([
      { md5: MD5, path: 'a/b.csv' },
    ]);
  });

  test.each(['../a', '/a', 'a/../../b', 'C:\\a', 'a\\..\\..\\b'])('never leads out of its folder by %s', (relpath) => {
    expect(parseDvcManifest(JSON.stringify([{ md5: MD5, relpath }]))).toBeNull();
  });

  test('is configured by sections, of which later ones override', () => {
    const config = parseDvcConfig([
      '[core]\n    remote = store\n[\'remote "store"\']\n    url = s3://bucket/dvc\n    endpointurl = http://127.0.0.1:1\n',
      '[\'remote "store"\']\n    url = s3://other/dvc\n',
    ]);
    expect([config.remote, Object.fromEntries(config.remotes.get('store') ?? [])]).toEqual([
      'store',
      { url: 's3://other/dvc', endpointurl: 'http://127.0.0.1:1' },
    ]);
  });
});
