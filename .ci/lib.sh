# Helpers of the scripts in .ci. Sourced, never run.
# shellcheck shell=bash

readonly TOOLS="target/tools"
readonly BUF_VERSION="1.75.0"
readonly CARGO_DENY_VERSION="0.20.2"

summary=()
not_run=()
current=""

# step NAME COMMAND…: runs it under a heading and says how long it took.
step() {
  local name=$1 start=$SECONDS
  shift
  current=$name
  printf '\n==> %s\n' "$name"
  "$@"
  current=""
  local line
  line=$(printf '%-44s %5d s' "$name" $((SECONDS - start)))
  printf -- '--- %s\n' "$line"
  summary+=("$line")
}

# skipped WHAT WHY: notes a check that could not run; the summary repeats it.
skipped() {
  printf 'NOT RUN: %s: %s\n' "$1" "$2"
  not_run+=("$1: $2")
}

print_summary() {
  printf '\n==> summary\n'
  printf '%s\n' "${summary[@]}"
  printf '%-44s %5d s\n' "total" "$SECONDS"
  local line
  for line in "${not_run[@]+"${not_run[@]}"}"; do
    printf 'NOT RUN: %s\n' "$line"
  done
}

have() {
  command -v "$1" >/dev/null 2>&1
}

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif have sudo; then
    sudo -n "$@"
  else
    echo "needs root to run: $*; install it by hand" >&2
    return 1
  fi
}

apt_updated=""
# apt_install PACKAGE…: installs Debian packages, updating the lists once.
apt_install() {
  if ! have apt-get; then
    echo "missing and no apt-get to install it with: $*" >&2
    return 1
  fi
  if [[ -z $apt_updated ]]; then
    as_root apt-get update -qq
    apt_updated=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# free_port: a TCP port on 127.0.0.1 that nobody listens on.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# at_exit COMMAND…: runs it when the script ends, the last one first.
exit_commands=()
at_exit() {
  exit_commands=("$(printf '%q ' "$@")" "${exit_commands[@]+"${exit_commands[@]}"}")
}

on_exit() {
  local status=$? command
  for command in "${exit_commands[@]+"${exit_commands[@]}"}"; do
    eval "$command" || true
  done
  if [[ $status -ne 0 && -n $current ]]; then
    printf '\nFAILED in: %s\n' "$current" >&2
  fi
}
trap on_exit EXIT
