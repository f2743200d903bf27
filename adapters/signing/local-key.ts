import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Envelope, PAYLOAD_TYPE } from '../../core/ledger/entry.ts';
import { pae, sealEnvelope } from '../../core/ledger/envelope.ts';
import { Sha256 } from '../../core/names.ts';
import { PortError, type Signer } from '../../flows/ports.ts';

/**
 * Signs with a P-256 key held in this process.
 * @param key a private key as PKCS#8 PEM, or the path of a file that holds one
 * @throws PortError `malformed` for any other key, `not_found` when the file can't be read
 */
export function localKeySigner(key: string): Signer {
  const privateKey = parse(key.includes('-----BEGIN') ? key : read(key));
  const keyid = keyId(createPublicKey(privateKey));
  return {
    keyid,
    async sign(statement): Promise<Envelope> {
      const signature = sign('sha256', pae(PAYLOAD_TYPE, statement), { key: privateKey, dsaEncoding: 'der' });
      return sealEnvelope(statement, keyid, signature);
    },
  };
}

export interface SigningKey {
  /** PKCS#8. Whoever holds it can sign the ledger. */
  readonly privatePem: string;
  /** SPKI; goes to the repository under `policy.signing.keys`. */
  readonly publicPem: string;
  readonly keyid: Sha256;
}

export function generateSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    keyid: keyId(publicKey),
  };
}

/** SHA-256 of the key's SPKI in DER (DESIGN section 3). */
function keyId(publicKey: KeyObject): Sha256 {
  return Sha256.parse(
    createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
  );
}

function parse(pem: string): KeyObject {
  const fix = 'docs/getting-started.md says how to make one';
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new PortError('malformed', `signing key: expected a private key as PKCS#8 PEM, got something else; ${fix}`, {
      cause,
    });
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    const found = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType;
    throw new PortError('malformed', `signing key: expected a P-256 key, got ${found}; ${fix}`);
  }
  return key;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PortError('not_found', `signing key: expected a readable file at ${path}`, { cause });
  }
}
