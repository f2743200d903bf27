import type { Steps } from '../../flows/ports.ts';
import { stepKind } from '../metrics/bounds.ts';
import type { Tracing } from './tracing.ts';

/** Tells each attempt at a step, by its kind; of what is only read back, nothing. */
export function tracedSteps(inner: Steps, tracing: Tracing): Steps {
  return {
    run: (name, action) => {
      const kind = stepKind(name);
      return inner.run(name, () =>
        tracing.within({ name: `step ${kind}`, attributes: { 'trainyard.step': kind } }, action),
      );
    },
  };
}
