# The packages of deploy/clients: made from the contract, built, checked; their examples. Sourced, never run.
# shellcheck shell=bash

readonly CLIENTS=deploy/clients
with_typescript=""

# build_python_package VENV: needs the packages of the requirements files in it, and adds what it built.
build_python_package() {
  local bin wheels
  bin=$(realpath "$1")/bin
  wheels=$(mktemp -d)
  at_exit rm -rf "$wheels"
  (
    cd "$CLIENTS/python"
    "$bin/python" -m build --wheel --no-isolation --outdir "$wheels" >"$wheels/log" 2>&1 || { cat "$wheels/log"; exit 1; }
    "$bin/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall "$wheels"/*.whl
    "$bin/ruff" check --quiet
    "$bin/ruff" format --quiet --check
    "$bin/mypy"
    "$bin/python" -m unittest discover -s tests
  )
}

# build_typescript_package: on a machine without a Node that is new enough it is left out, in CI (CI=true) that is a failure.
build_typescript_package() {
  local node
  node=$(node --version 2>/dev/null) || node="no Node"
  # "v20.11.0": what comes before the first dot.
  if [[ ! $node =~ ^v([0-9]+)\. ]] || ((BASH_REMATCH[1] < 20)); then
    if [[ ${CI:-} == true ]]; then
      echo "the TypeScript client needs Node 20 or later, here is $node" >&2
      return 1
    fi
    echo "skipped: the TypeScript client needs Node 20 or later, here is $node"
    return
  fi
  with_typescript=yes
  (
    cd "$CLIENTS/typescript"
    if ! cmp -s package-lock.json node_modules/installed; then
      npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
      cp package-lock.json node_modules/installed
    fi
    npm run --silent build
    npm test --silent
  )
}

# run_client_examples VENV: against the suite in TRIBUTARY_ENDPOINT.
run_client_examples() {
  "$1/bin/python" "$CLIENTS/python/examples/all.py"
  if [[ -n $with_typescript ]]; then
    (cd "$CLIENTS/typescript" && npm run --silent examples)
  fi
}
