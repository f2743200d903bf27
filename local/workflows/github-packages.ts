import { registerHooks } from 'node:module';

/**
 * GitHub's own workflow packages, loaded so that plain Node accepts them.
 *
 * `@actions/workflow-parser` imports its schemas as JSON without an import attribute, which Node refuses. The hook adds
 * the attribute for these packages alone. A static import would be linked before the hook is registered, hence the
 * dynamic ones.
 */
registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    const isSchema = resolved.url.endsWith('.json') && resolved.url.includes('/@actions/workflow-parser/');
    return isSchema ? { ...resolved, importAttributes: { type: 'json' } } : resolved;
  },
});

export const workflowParser = await import('@actions/workflow-parser');
export const expressions = await import('@actions/expressions');
