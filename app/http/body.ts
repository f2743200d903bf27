import type { IncomingMessage } from 'node:http';
import { AppError } from '../error.ts';

/** Bytes of bodies that may be held at once, of all requests together. */
export interface BodyLimits {
  /** For the first part of each body, which is all of nearly every one. */
  readonly first: number;
  /** For what is beyond: a few large bodies that come slowly must not keep small ones out. */
  readonly beyond: number;
  /** Bytes of the first part. */
  readonly part: number;
}

const MIB = 1024 * 1024;
export const BODY_LIMITS: BodyLimits = { first: 64 * MIB, beyond: 128 * MIB, part: MIB / 4 };

/** Reads a request's body; null when it is larger than `limit` bytes. @throws AppError `overloaded` */
export type BodyReader = (limit: number) => Promise<Buffer | null>;

export interface Bodies {
  /** What is read stays counted until `done`. */
  of(request: IncomingMessage): { readonly read: BodyReader; done(): void };
}

/** Bodies come from anybody until a signature or a token is checked: beyond the limits they are refused, not held. */
export function boundedBodies({ first, beyond, part }: BodyLimits): Bodies {
  const held = { first: 0, beyond: 0 };
  const count = (size: number, sign: 1 | -1): void => {
    held.first += sign * Math.min(size, part);
    held.beyond += sign * Math.max(0, size - part);
  };
  return {
    of(request) {
      let size = 0;
      const grow = (bytes: number): void => {
        count(size, -1);
        size += bytes;
        count(size, 1);
      };
      return {
        async read(limit) {
          const chunks: Buffer[] = [];
          // The connection is needed for the answer, also where the rest is left unread.
          for await (const chunk of request.iterator({ destroyOnReturn: false })) {
            grow(chunk.length);
            if (size > limit) return null;
            if (held.first > first || held.beyond > beyond)
              throw new AppError('overloaded', 'expected less to be sent at once; send it again later');
            chunks.push(chunk);
          }
          return Buffer.concat(chunks);
        },
        done() {
          count(size, -1);
          size = 0;
        },
      };
    },
  };
}
