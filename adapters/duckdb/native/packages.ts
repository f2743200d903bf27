/**
 * Which npm package holds DuckDB's native library for a platform. Its digest stands here, so that neither a registry nor
 * a mirror decides what runs; a test holds both to package-lock.json.
 */

export const DUCKDB_VERSION = '1.5.5-r.5';

export interface NativePackage {
  /** As npm names it. */
  readonly name: string;
  readonly version: string;
  /** Of the tarball, as npm writes it: `sha512-` and Base64. */
  readonly integrity: string;
}

/** What decides which package fits. */
export interface Platform {
  /** As `process.platform` and `process.arch` say. */
  readonly platform: string;
  readonly arch: string;
  /** Of Linux; null elsewhere. */
  readonly libc: 'glibc' | 'musl' | null;
}

const INTEGRITY: Readonly<Record<string, string>> = {
  'darwin-arm64': 'sha512-WJdeLTFy4pRg60rkbp9smtlP1iIQ8ErtIJkxS+2LQtM1ZZMSByyW+3WPpNoKe7IwPtVl2fLlPw7tDmQW4Z974g==',
  'darwin-x64': 'sha512-rN0KjX13MwVQ5V5ufykolty/tf4SaafOpGWcUA1Cegf98jPeRdsJsEE1IMXn8n3u6WvMSZEVJmHJ3ma4Hr7Vzg==',
  'linux-arm64': 'sha512-CafH2AIvXtpwDynG3KB/4uEOHRGlFoB7auCRMIwH3BKNIobsANV5LSpDJ3tfyRCFIsK6e8AT1eseWVnu2Dv3cw==',
  'linux-arm64-musl': 'sha512-00z3mYHUBAucp3L73EoftKDdaGOaV8ENELejiT+PK7dFjTzdXxqhJwZ1LaQV1/zEhIecz+x23f6WvFhWw+7XXQ==',
  'linux-x64': 'sha512-kCyq6BXhn6QXfwF8yVdVKriSSHP+rfVWcJ56cG8qZzlOZpxyvT5WGm6jMshxg4ditLlOsHsIN/D47RYrcjXuHQ==',
  'linux-x64-musl': 'sha512-S5qEc7F+GjXt85T2xArjjvN5oc/IjtH6zsLJsuo8N3fQolheBCefemIMdZoK2Jik8a0sBxidiS6Ld4qprMPPDw==',
  'win32-arm64': 'sha512-L3Mroc23xhqOowWVElni8LgEmsm5e9DdG1y2pLka/1ug3Pl2vpQMl1Phxwz4UEMF8DOBbMgN5BBNrYwG2BFo+g==',
  'win32-x64': 'sha512-mBGFn8netT/AAhK4TOG6Fw47+Db68CxCVtQ9qfxZc1kZAjds+aYrh17Fd/u5CbTDdxILsrcyuF8q9cUcm54kQA==',
};

/** All that there are. */
export function nativePackages(): readonly NativePackage[] {
  return Object.entries(INTEGRITY).map(([target, integrity]) => packageOf(target, integrity));
}

/** Null where DuckDB is not built for the platform. */
export function nativePackage(platform: Platform): NativePackage | null {
  const target = targetOf(platform);
  const integrity = Object.hasOwn(INTEGRITY, target) ? INTEGRITY[target] : undefined;
  return integrity === undefined ? null : packageOf(target, integrity);
}

/** Such as `linux-x64` or `linux-arm64-musl`. */
export function targetOf({ platform, arch, libc }: Platform): string {
  return `${platform}-${arch}${libc === 'musl' ? '-musl' : ''}`;
}

function packageOf(target: string, integrity: string): NativePackage {
  return { name: `@duckdb/node-bindings-${target}`, version: DUCKDB_VERSION, integrity };
}
