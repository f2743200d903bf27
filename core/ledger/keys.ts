import { createPublicKey, type KeyObject } from 'node:crypto';
import { sha256Hex } from '../canonical.ts';
import type { Sha256 } from '../names.ts';
import { LedgerError } from './error.ts';

/** A key that policy trusts (`policy.signing.keys`). */
export interface PublicKey {
  /** SHA-256 of the DER form of the SubjectPublicKeyInfo. */
  readonly keyid: Sha256;
  /** SubjectPublicKeyInfo, PEM. */
  readonly pem: string;
}

const PEM = /^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/;
const MAX_PEM = 4096;

/**
 * Reads a P-256 public key in PEM. Private keys, certificates, other curves and explicit curve parameters are refused.
 *
 * @throws {LedgerError} `bad_key`
 */
export function parsePublicKey(pem: string): PublicKey {
  if (pem.length > MAX_PEM || !PEM.test(pem)) {
    throw new LedgerError('bad_key', 'expected one public key in PEM ("-----BEGIN PUBLIC KEY-----"), and nothing else');
  }
  const key = keyObject(pem);
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    const found = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType;
    throw new LedgerError('bad_key', `expected a key on the curve P-256, got ${found}`);
  }
  const der = key.export({ type: 'spki', format: 'der' });
  return { keyid: sha256Hex(der), pem: String(key.export({ type: 'spki', format: 'pem' })) };
}

/** @throws {LedgerError} `bad_key` */
export function keyObject(pem: string): KeyObject {
  try {
    return createPublicKey({ key: pem, format: 'pem' });
  } catch (cause) {
    throw new LedgerError('bad_key', 'the public key can not be read', { cause });
  }
}
