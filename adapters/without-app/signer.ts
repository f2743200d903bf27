import type { Sha256 } from '../../core/names.ts';
import type { Signer } from '../../flows/ports.ts';

/**
 * A flow came to where it signs, in a job that holds no key. Everything before was decided and nothing was written to
 * the ledger; the job that holds the key runs the same flow again.
 */
export class KeyNeeded extends Error {
  readonly code = 'key_needed';

  constructor() {
    super('this job holds no signing key: the job that holds it runs the same flow');
    this.name = 'KeyNeeded';
  }
}

/** @param keyid of the key that the job with the environment is expected to hold: one of policy's */
export function keylessSigner(keyid: Sha256): Signer {
  return {
    keyid,
    async sign() {
      throw new KeyNeeded();
    },
  };
}
