import { AsyncLocalStorage } from 'node:async_hooks';

/** What is being done: a delivery by its GUID, a timer's turn, a flow. Each log line names it. */
export interface Operation {
  readonly id: string;
  /** Of the trace in which it is told; absent where none is recorded. */
  readonly trace?: string;
}

const current = new AsyncLocalStorage<Operation>();

/** Whatever `work` does, also later and in the background, is done for this operation. */
export function inOperation<T>(operation: Operation, work: () => T): T {
  return current.run(operation, work);
}

export function currentOperation(): Operation | undefined {
  return current.getStore();
}
