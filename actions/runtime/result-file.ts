/** The one file of the artifacts that a workflow run hands over to whoever dispatched it. */
export const RESULT_FILE = 'result.json';
