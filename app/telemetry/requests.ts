import { SpanKind } from '@opentelemetry/api';
import type { Requester } from '../../adapters/github/api.ts';
import { statusOf } from '../../adapters/github/errors.ts';
import { routeTemplate } from '../metrics/bounds.ts';
import type { Tracing } from './tracing.ts';

/** Tells each request by its route, as our code writes it: what is filled in names repositories, branches and people. */
export function tracedRequester(inner: Requester, installation: number, tracing: Tracing): Requester {
  return {
    request(route, parameters) {
      const template = routeTemplate(route);
      const [method = '', path = ''] = template === 'other' ? [] : template.split(' ');
      const options = {
        name: template === 'other' ? 'request' : template,
        kind: SpanKind.CLIENT,
        attributes: {
          ...(method === '' ? {} : { 'http.request.method': method, 'url.template': path }),
          'trainyard.installation': installation,
        },
      };
      return tracing.within(options, async (span) => {
        try {
          const answer = await inner.request(route, parameters);
          span.setAttribute('http.response.status_code', answer.status);
          return answer;
        } catch (error) {
          const status = statusOf(error);
          if (status !== null && status !== undefined) span.setAttribute('http.response.status_code', status);
          throw error;
        }
      });
    },
  };
}

/** Tells what git asks: a fetch or a push of some repository. */
export function tracedGitFetch(inner: typeof globalThis.fetch, tracing: Tracing): typeof globalThis.fetch {
  return (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    const service = /\/(?:info\/refs\?service=)?git-(upload|receive)-pack$/.exec(address)?.[1];
    const name = service === undefined ? 'git' : service === 'upload' ? 'git fetch' : 'git push';
    return tracing.within({ name, kind: SpanKind.CLIENT }, async (span) => {
      const answer = await inner(input, init);
      span.setAttribute('http.response.status_code', answer.status);
      return answer;
    });
  };
}
