/** What stands in a log for a secret. */
export const REDACTED = '[redacted]';

/**
 * How secrets look that nobody told us of: tokens that GitHub hands out, what libraries put into their errors, addresses
 * with a password. The group `secret` is what is hidden, without one all of it. No expression has nested repetition:
 * a log line is often somebody else's text.
 */
const SHAPES: readonly RegExp[] = [
  // GitHub: personal, OAuth, user, server and refresh tokens; the newest hold a JWT, so dots and dashes belong to them.
  /\bgh[a-z]_[A-Za-z0-9_.-]{10,}/dg,
  /\bgithub_pat_[A-Za-z0-9_]{10,}/dg,
  /\bv1\.[0-9a-f]{40}\b/dg,
  // JWTs, also where the signature was cut off.
  /\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/dg,
  // A run's token for live metrics (ingest/token.ts).
  /\b[1-9][0-9]{9,12}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/dg,
  // A key, also where its end was cut off or its line ends are written as \n.
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:[A-Za-z0-9+/=\s\\:,]|-(?!-))*(?:-----END [A-Z0-9 ]{0,40}-----)?/dg,
  // A password in an address: postgresql://, https://, redis:// …
  /\b[A-Za-z][A-Za-z0-9+.-]{1,30}:\/\/[^\s/:@"'<>]{0,200}:(?<secret>[^\s"'<>]{1,1000})@/dg,
  /\bx-access-token:(?<secret>[^\s@"']{1,2000})/dgi,
  // Headers, in whatever form they are printed.
  /\b(?:proxy-)?authorization\\?["']?\s{0,4}[:=,]\s{0,4}\[?\s{0,4}\\?["']?(?<secret>(?:(?:basic|bearer|token|digest|negotiate)\s{1,4})?[^\s"',;\]}\\]{1,4000})/dgi,
  /\b(?:set-)?cookie\\?["']?\s{0,4}[:=,]\s{0,4}\\?["']?(?<secret>[^\r\n"']{1,4000})/dgi,
  /\bbearer\s{1,4}(?<secret>(?=[^\s"',;]{0,200}[0-9_])[^\s"',;]{8,4000})/dgi,
  // `user:password` in base64 has upper case, or a digit, or padding: a word of prose after "basic" has none of these.
  /\b[Bb]asic\s{1,4}(?<secret>(?=[A-Za-z0-9+/]{0,40}[A-Z0-9=])[A-Za-z0-9+/]{8,4000}={0,2})/dg,
  // What signs an address for a while: downloads of artifacts, object stores, OAuth.
  /[?&;](?:sig|signature|token|access_token|refresh_token|client_secret|code|x-amz-(?:signature|credential|security-token)|x-goog-signature)=(?<secret>[^\s&"'<>]{1,4000})/dgi,
  // `password=…`, `"secret": "…"`, and the same with underscores before: what a driver or a tool prints of its settings.
  /(?:password|passwd|pgpassword|secret|private_key|api_key|apikey|access_key|_token)\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?<secret>[^\s"',;&}\\]{4,4000})/dgi,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/dg,
  /\b(?:hf_|xox[abprs]-|sk-|glpat-|npm_|dop_v1_)[A-Za-z0-9_-]{16,}/dg,
  /\bAIza[A-Za-z0-9_-]{30,}/dg,
];

/** Tokens whose text has no end of its own: half of one in a field and the rest in the next are found as one. */
export const TOKENS: readonly RegExp[] = SHAPES.slice(0, 4);
/** A key whose lines stand in fields of their own: lines of base64 alone, so that the next field is not taken for one. */
export const KEYS: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:\s+[A-Za-z0-9+/=]{40,76})*(?:\s+[A-Za-z0-9+/=]{1,76}\s+-----END [A-Z0-9 ]{0,40}-----)?/dg,
];

export type Span = readonly [from: number, to: number];

/** Where the text has something of these shapes. */
export function shapesIn(text: string, shapes: readonly RegExp[] = SHAPES): readonly Span[] {
  return shapes.flatMap((shape) =>
    [...text.matchAll(shape)].flatMap((found) => {
      const at = found.indices?.groups?.['secret'] ?? found.indices?.[0];
      return at === undefined ? [] : [at];
    }),
  );
}

/** Whether the text has anything of these shapes: cheaper than where. */
export function hasShape(text: string, shapes: readonly RegExp[] = SHAPES): boolean {
  return shapes.some((shape) => {
    let quick = QUICK.get(shape);
    if (quick === undefined) {
      quick = new RegExp(shape.source, shape.flags.replaceAll(/[dg]/g, ''));
      QUICK.set(shape, quick);
    }
    return quick.test(text);
  });
}

/** The same without what tells where and without a place to go on from. */
const QUICK = new Map<RegExp, RegExp>();

/** Names of fields and headers whose value is a secret, whatever it looks like. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return (
    NAMES.has(plain) || /(?:password|passwd|secret|privatekey|apikey|accesskey|accesstoken|authtoken)$/.test(plain)
  );
}

const NAMES: ReadonlySet<string> = new Set([
  ...['authorization', 'proxyauthorization', 'cookie', 'setcookie', 'pwd', 'token', 'jwt', 'bearer'],
  ...['signingkey', 'credential', 'credentials', 'refreshtoken', 'installationtoken', 'webhooksecretprevious'],
]);
