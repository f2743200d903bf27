import { setGlobalProxyFromEnv } from 'node:http';
import { ConfigError } from './config.ts';

/** The proxy that stands between this machine and GitHub. */
export interface ProxyConfig {
  /** For https addresses, `http://host:port`; credentials may stand in it. */
  readonly https: string | null;
  readonly http: string | null;
  /** Hosts that are asked directly, comma-separated; `.example.com` stands for all below, `*` for everything. */
  readonly except: string | null;
}

/** A proxy has a loopback of its own. */
const LOOPBACK = 'localhost,127.0.0.1,[::1]';

/**
 * Sends this process's requests (the API, tokens, git, downloads of artifacts) through the proxy from now on. The
 * database is no HTTP server and stays where it is. Process-wide, as Node.js has it.
 * @returns undoes it
 * @throws ConfigError when this Node.js is too old for that
 */
export function useProxy({ https, http, except }: ProxyConfig): () => void {
  // In types it is always there; it came with Node.js 24.14.
  if (typeof setGlobalProxyFromEnv !== 'function') {
    const found = `found ${process.version}`;
    throw new ConfigError([`HTTPS_PROXY: expected Node.js 24.14 or newer to go through a proxy, ${found}`]);
  }
  // Among others, Node.js takes a star for the name of a host.
  const everything = except?.split(/[\s,]+/).includes('*') ?? false;
  return setGlobalProxyFromEnv({
    ...(https === null ? {} : { HTTPS_PROXY: https }),
    ...(http === null ? {} : { HTTP_PROXY: http }),
    NO_PROXY: everything ? '*' : [LOOPBACK, ...(except === null ? [] : [except])].join(','),
  });
}
