import type { DataFiles } from '../../flows/check-data/ports.ts';

type Closing = DataFiles & { close(): Promise<void> };

/** Data and the base's data lie in two folders, and both are named as the repository names them. */
export function withBase(
  head: Closing,
  base: Closing,
  { reference, path }: { readonly reference: string; readonly path: string },
): Closing {
  return {
    ...head,
    list: (asked) => (asked === reference ? base.list(path) : head.list(asked)),
    async close() {
      await head.close();
      await base.close();
    },
  };
}
