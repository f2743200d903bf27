import { z } from 'zod';
import { RunnerName, readRunnerName } from '../../core/runners/names.ts';
import type { JobSeen, Registered } from '../../core/runners/situation.ts';
import type { Registrations } from '../../flows/ports.ts';
import { PortError } from '../../flows/ports.ts';
import type { Api } from './api.ts';
import { hasCode } from './errors.ts';

const Runner = z.object({
  id: z.int().positive(),
  name: z.string(),
  status: z.string(),
  busy: z.boolean(),
});
const Runners = z.object({ runners: z.array(Runner) });
const JitConfig = z.object({ runner: z.object({ id: z.int().positive() }), encoded_jit_config: z.string().min(1) });
const Jobs = z.object({
  jobs: z.array(z.object({ status: z.string(), labels: z.array(z.string()), runner_name: z.string().nullable() })),
});

const RUNNERS = '/repos/{owner}/{repo}/actions/runners';
/** Every repository has one group of runners of its own, with this id. */
const DEFAULT_GROUP = 1;
/** Of 100. A repository may have 10,000 runners. */
const PAGES = 100;

/** Runners of one repository, by the permission `administration`. */
export function runnerRegistrations(api: Api): Registrations {
  return withAdvice({
    async list(run) {
      const found: Registered[] = [];
      for (let page = 1; page <= PAGES; page += 1) {
        const { runners } = await api.get(`GET ${RUNNERS}`, { per_page: 100, page }, Runners);
        for (const runner of runners) {
          const ours = registered(runner);
          if (ours !== null && (run === null || readRunnerName(ours.name)?.run === run)) found.push(ours);
        }
        if (runners.length < 100) return found;
      }
      throw new PortError('too_large', `expected at most ${PAGES * 100} runners in the repository, got more`);
    },
    async get(id) {
      const found = await api.find(`GET ${RUNNERS}/{runner_id}`, { runner_id: id }, Runner);
      return found === null ? null : registered(found);
    },
    async register(name, labels) {
      try {
        const asked = { name, runner_group_id: DEFAULT_GROUP, labels: [...labels], work_folder: '_work' };
        const { runner, encoded_jit_config } = await api.send(`POST ${RUNNERS}/generate-jitconfig`, asked, JitConfig);
        return { id: runner.id, encoded: encoded_jit_config };
      } catch (error) {
        if (hasCode(error, 'conflict')) return 'exists';
        throw error;
      }
    },
    async remove(id) {
      try {
        await api.raw(`DELETE ${RUNNERS}/{runner_id}`, { runner_id: id });
        return 'removed';
      } catch (error) {
        if (hasCode(error, 'not_found')) return 'removed';
        // 422: "Runner … is currently running a job and cannot be deleted."
        if (hasCode(error, 'malformed') && /running a job/.test(String(error))) return 'busy';
        throw error;
      }
    },
    async job(workflowRun, label) {
      for (let page = 1; page <= PAGES; page += 1) {
        const asked = { run_id: workflowRun, filter: 'latest', per_page: 100, page };
        const { jobs } = await api.get('GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs', asked, Jobs);
        const found = jobs.find(({ labels }) => labels.includes(label));
        if (found !== undefined) return jobSeen(found);
        if (jobs.length < 100) return null;
      }
      return null;
    },
  });
}

/** Says which permission is missing where GitHub refuses. */
function withAdvice({ list, get, register, remove, job }: Registrations): Registrations {
  const advised = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked;
    } catch (error) {
      if (!hasCode(error, 'forbidden')) throw error;
      const message =
        'GitHub refuses the App its runners: expected the repository permission administration: write, which an owner grants or approves (docs/runners.md)';
      throw new PortError('forbidden', message, { cause: error });
    }
  };
  return {
    job,
    list: (run) => advised(list(run)),
    get: (id) => advised(get(id)),
    register: (name, labels) => advised(register(name, labels)),
    remove: (id) => advised(remove(id)),
  };
}

/** Null for a runner that is none of ours. */
function registered({ id, name, status, busy }: z.infer<typeof Runner>): Registered | null {
  const ours = RunnerName.safeParse(name);
  return ours.success ? { id, name: ours.data, online: status === 'online', busy } : null;
}

function jobSeen({ status, runner_name }: z.infer<typeof Jobs>['jobs'][number]): JobSeen | null {
  switch (status) {
    case 'queued':
      return { status };
    case 'in_progress':
    case 'completed':
      return { status, runner: runner_name === '' ? null : runner_name };
    default:
      // `waiting`, `requested`, `pending`: no runner is asked for yet.
      return null;
  }
}
