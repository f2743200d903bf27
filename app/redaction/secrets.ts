import type { AppConfig } from '../config.ts';

/** What of the settings nobody may see: keys, secrets, and the passwords that stand in addresses. */
export function secretsOf(config: AppConfig): readonly string[] {
  const { privateKey, webhookSecret, previousWebhookSecret, signingKey, databaseUrl } = config;
  const { proxy, traces, mlflow, compute } = config;
  return [
    privateKey,
    webhookSecret,
    previousWebhookSecret ?? '',
    // A path to the key is no secret, and a message that hides it helps nobody.
    signingKey.includes('PRIVATE KEY') ? signingKey : '',
    ...[databaseUrl, proxy?.https, proxy?.http, traces?.url].map(passwordIn),
    ...Object.values(traces?.headers ?? {}),
    ...credentialsIn(mlflow?.authorization ?? ''),
    compute.store?.credentials?.secretAccessKey ?? '',
    compute.engines.ray?.token ?? '',
  ].filter((secret) => secret !== '');
}

/** What an `authorization` holds: as it is sent, and the password in it. */
function credentialsIn(authorization: string): readonly string[] {
  const [scheme, sent = ''] = authorization.split(' ');
  if (scheme !== 'Basic') return [sent];
  const plain = Buffer.from(sent, 'base64').toString();
  return [sent, plain.slice(plain.indexOf(':') + 1)];
}

/** Empty where there is none, or where it is the user's name and as such all over the log. */
function passwordIn(address: string | null | undefined): string {
  if (address == null || !URL.canParse(address)) return '';
  const { username, password } = new URL(address);
  return password === username ? '' : decodeURIComponent(password);
}
