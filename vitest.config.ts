import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Where no earlier run tells how long files take, they begin by their size. Those that train take minutes and are small:
 * begun last, they would run on alone.
 */
class TrainingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const trains = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('/loop.test.ts');
    return [...sorted.filter(trains), ...sorted.filter((file) => !trains(file))];
  }
}

// The GitHub packages import JSON without an import attribute, which Node refuses; vitest's transform accepts it.
const inline = [/@actions\/(workflow-parser|expressions|languageservices)/];
const setupFiles = ['test/setup.ts'];

/**
 * All but the demo's scenario: whole stories, App processes that are killed, stopped, replaced and starved, and checks of
 * data, each in a process of its own.
 */
const END_TO_END = [
  'test/end-to-end/!(loop).test.ts',
  'test/actions/loop.test.ts',
  'test/actions/{validate,check-data}/*.test.ts',
  'test/flows/{deliveries,reconciled}.test.ts',
  'test/flows/check-data/*.test.ts',
  'test/cli/data*.test.ts',
  'test/adapters/data-sources/tables.test.ts',
  'test/adapters/{github/faults,duckdb/*,engines/kubernetes/pod}.test.ts',
  'test/app/{durable/replicas,upgrade/upgrade,inbox/intake,redelivery/sweep,secrets/secrets}.test.ts',
  'test/app/faults/*.test.ts',
];

export default defineConfig({
  // Packages without their TypeScript sources, of which each file would be a line of warning.
  logLevel: 'error',
  test: {
    server: { deps: { inline } },
    // Half of the time of most files goes to waiting for servers and jobs, not to this machine's cores.
    maxWorkers: 4,
    sequence: { sequencer: TrainingFirst },
    globalSetup: 'test/scratch.ts',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          // Of the end-to-end tests, the demo's scenario alone: the others weigh as much as all the rest together.
          exclude: ['test/**/*.counterpart.test.ts', 'test/**/*.long.test.ts', ...END_TO_END],
          setupFiles,
          // Starting a process for each file and loading everything anew took a third of all time; no test replaces modules.
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'end-to-end',
          include: END_TO_END,
          exclude: ['test/**/*.counterpart.test.ts', 'test/**/*.long.test.ts'],
          setupFiles,
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'counterparts',
          include: ['test/**/*.counterpart.test.ts'],
          setupFiles,
          isolate: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: ['test/**/*.long.test.ts'],
          setupFiles,
          testTimeout: 900_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
