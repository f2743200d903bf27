import type { Steps } from '../../flows/ports.ts';
import type { Redactor } from './redactor.ts';

/** The durable engine keeps in the database what a step threw: without secrets, and without what libraries hang on it. */
export function redactedSteps(inner: Steps, redact: Redactor): Steps {
  return {
    run: (name, action) =>
      inner.run(name, async () => {
        try {
          return await action();
        } catch (error) {
          throw redact.error(error);
        }
      }),
  };
}
