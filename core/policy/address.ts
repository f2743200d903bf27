/**
 * Whether a host may be an address inside of a machine, a private network or a cloud's metadata service. Names are not
 * resolved here: what a name stands for is only known where it is used.
 */

/** [first octets, bits]: what is not globally reachable by the IANA registry, and metadata services outside of it. */
const REFUSED_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // Also Alibaba's metadata service.
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // Azure's host, which looks public.
  ['169.254.0.0', 16], // Metadata of most clouds.
  ['172.16.0.0', 12],
  ['192.0.0.0', 24], // Also Oracle's metadata service.
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/** Names that resolve to such an address by convention, with all below them. */
const REFUSED_NAMES = [
  'localhost',
  'localdomain',
  'localtest.me',
  'lvh.me',
  'nip.io',
  'sslip.io',
  'xip.io',
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'instance-data',
  'instance-data.ec2.internal',
  'kubernetes.default',
  'kubernetes.default.svc',
  'cluster.local',
];

/** @param host lower case, as the URL standard writes it: four decimal numbers, `[…]` in hex, or a name */
export function isRefusedHost(host: string): boolean {
  const name = host.replace(/\.$/, '');
  if (name.startsWith('[')) return isRefusedV6(name.slice(1, -1));
  const v4 = octetsOf(name);
  if (v4 !== null) return REFUSED_V4.some(([network, bits]) => isIn(v4, octetsOf(network) ?? 0, bits));
  return REFUSED_NAMES.some((refused) => name === refused || name.endsWith(`.${refused}`));
}

function octetsOf(text: string): number | null {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (found === null) return null;
  return found.slice(1).reduce((value, part) => value * 256 + Number(part), 0);
}

function isIn(address: number, network: number, bits: number): boolean {
  const size = 2 ** (32 - bits);
  return Math.floor(address / size) === Math.floor(network / size);
}

/**
 * Only 2000::/3 is global, and in it some blocks carry an IPv4 address (6to4, Teredo) or are for documentation. All else
 * is refused: loopback, link-local, unique local (fd00:ec2::254), IPv4 in IPv6 (::ffff:a9fe:a9fe) and its translations.
 */
function isRefusedV6(address: string): boolean {
  const [first = 0, second = 0] = address.split(':').map((group) => Number.parseInt(group || '0', 16));
  if (address.startsWith(':') || first < 0x2000 || first > 0x3fff) return true;
  if (first === 0x2001 && (second < 0x0200 || second === 0x0db8)) return true;
  return first === 0x2002 || first === 0x3fff;
}
