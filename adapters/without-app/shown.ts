import { z } from 'zod';
import { type Checks, PortError, type ReportImages } from '../../flows/ports.ts';
import { type Api, Reference } from '../github/api.ts';

/** Presses of a check's buttons go to the App that made it, which here is GitHub's own: so there are none. */
export function withoutButtons(checks: Checks): Checks {
  return {
    put({ actions: _buttons, ...check }) {
      return checks.put(check);
    },
  };
}

/** Leaves the checks of data to the workflow that checked it, which alone knows every finding. */
export function withoutDataChecks(checks: Checks): Checks {
  return {
    put: (check) => (check.name.startsWith('trainyard / data: ') ? Promise.resolve() : checks.put(check)),
  };
}

/** Images for a job that may not write: those that are there. The job that signed a run has made its image. */
export function imagesThere(api: Api): ReportImages {
  return {
    async put(name) {
      if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name))
        throw new PortError(
          'malformed',
          `report image: expected letters, digits and hyphens, got ${JSON.stringify(name)}`,
        );
      const reference = { ref: `trainyard/reports/${name}` };
      const found = await api.find('GET /repos/{owner}/{repo}/git/ref/{ref}', reference, Reference);
      if (found === null) return { url: '' };
      const { html_url } = await api.get('GET /repos/{owner}/{repo}', {}, z.object({ html_url: z.string() }));
      return { url: `${html_url}/raw/${found.object.sha}/chart.svg` };
    },
  };
}
