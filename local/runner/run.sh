#!/bin/sh
# The local GitHub's stand-in for the run.sh of GitHub's runner: one job, with the config in ACTIONS_RUNNER_INPUT_JITCONFIG.
exec node "$(dirname "$0")/agent.ts"
