import type { Files } from './playground.ts';

/** The repository `ada/tools`: what the features call from a second repository. */
export const TOOLS: Files = {
  '.github/workflows/reusable.yml': `
on:
  workflow_call:
    inputs:
      number: { type: number, required: true }
      flag: { type: boolean, default: false }
      text: { type: string, default: none }
    secrets:
      token: { required: true }
    outputs:
      doubled: { value: "\${{ jobs.first.outputs.doubled }}" }
permissions: { contents: read }
jobs:
  first:
    runs-on: ubuntu-latest
    outputs: { doubled: "\${{ steps.d.outputs.doubled }}" }
    steps:
      - run: echo "typed \${{ inputs.number }} \${{ inputs.flag == true }} \${{ inputs.text }}"
      - env: { TOKEN: "\${{ secrets.token }}" }
        run: test "\${#TOKEN}" = 14 && echo "secret is set"
      - run: echo "workflow \${{ github.repository }} job-workflow \${{ job.workflow_repository }}"
      - id: d
        run: echo "doubled=$((\${{ inputs.number }} * 2))" >> "$GITHUB_OUTPUT"
      - uses: $/actions/composite
        with: { who: $/ }
  inner:
    needs: first
    uses: $/.github/workflows/inner.yml
    with: { n: "\${{ needs.first.outputs.doubled }}" }
`,
  '.github/workflows/inner.yml': `
on:
  workflow_call:
    inputs:
      n: { type: string, required: true }
permissions: {}
jobs:
  deep:
    runs-on: ubuntu-latest
    steps:
      - run: "echo deep got \${{ inputs.n }}; echo no secret here: [\${{ secrets.TOKEN_A }}]"
`,
  'actions/composite/action.yml': `
name: composite
inputs: { who: { required: true } }
runs:
  using: composite
  steps:
    - run: echo "composite of \${{ github.action_repository }} says hi from \${{ inputs.who }}"
      shell: bash
`,
  'actions/failing/action.yml': `
name: failing
runs:
  using: composite
  steps:
    - { run: exit 1, shell: bash }
    - { run: echo never printed, shell: bash }
    - { if: failure(), run: echo "cleanup" "ran", shell: bash }
`,
  'actions/node/action.yml': `
name: node
inputs: { name: { required: true }, greeting: { default: hello } }
outputs: { result: { description: what came out } }
runs: { using: node24, main: main.cjs, post: post.cjs, post-if: success() }
`,
  'actions/node/main.cjs': `
const { appendFileSync } = require('node:fs');
console.log('main got name=' + process.env.INPUT_NAME + ' greeting=' + process.env.INPUT_GREETING);
const set = (name) => (process.env[name] ? 'set' : 'unset');
console.log('runtime token ' + set('ACTIONS_RUNTIME_TOKEN') + ', id token ' + set('ACTIONS_ID_TOKEN_REQUEST_URL'));
appendFileSync(process.env.GITHUB_OUTPUT, 'result=done\\n');
appendFileSync(process.env.GITHUB_STATE, 'from=from-main\\n');
`,
  'actions/node/post.cjs': `console.log('post sees state ' + process.env.STATE_from);\n`,
  'actions/docker/action.yml': 'name: docker\nruns: { using: docker, image: Dockerfile }\n',
};

/** Files beside the features in `ada/features`. */
export const COMPANIONS: Files = {
  'only-this.txt': 'x\n',
  'other.txt': 'y\n',
  '.github/workflows/_called.yml': `
on:
  workflow_call:
    inputs: { n: { type: number, required: true } }
permissions: {}
jobs:
  work:
    runs-on: ubuntu-latest
    steps: [{ run: 'echo "n is \${{ inputs.n }}, secret \${{ secrets.TOKEN_A }}"' }]
`,
  '.github/actions/composite/action.yml': `
name: composite
inputs: { who: { required: true }, greeting: { default: hello } }
outputs: { value: { value: "\${{ steps.inner.outputs.value }}" } }
runs:
  using: composite
  steps:
    - run: echo "$GREETING \${{ inputs.who }} from composite"
      shell: bash
      env: { GREETING: "\${{ inputs.greeting }}" }
    - continue-on-error: true
      run: exit 1
      shell: bash
    - id: inner
      uses: ./.github/actions/nested
`,
  '.github/actions/nested/action.yml': `
name: nested
outputs: { value: { value: "\${{ steps.v.outputs.value }}" } }
runs:
  using: composite
  steps:
    - id: v
      run: echo "value=inner-value" >> "$GITHUB_OUTPUT"
      shell: bash
`,
};
