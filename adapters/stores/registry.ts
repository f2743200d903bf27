import { type S3StoreOptions, s3Store } from './s3/store.ts';

/** Stores by their key in `policy.store`; one folder each. */
export const STORES = { s3: (options: S3StoreOptions) => s3Store(options) };
