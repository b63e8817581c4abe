# Installs what the checks need, once, under target/tools. Sourced, never run.
# shellcheck shell=bash

# provide_system_tools: compilers and interpreters; Debian packages where something is missing.
provide_system_tools() {
  local missing=()
  have cc || missing+=(gcc libc6-dev)
  have git || missing+=(git)
  have python3 || missing+=(python3)
  python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
  have npm || missing+=(nodejs npm)
  if ((${#missing[@]})); then
    apt_install "${missing[@]}"
  fi
  have cargo || { echo "no cargo: install Rust (https://rustup.rs), version in Cargo.toml" >&2; return 1; }
  cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
  cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
  printf '%s\n' "$(rustc --version)" "$(python3 --version)" "node $(node --version)"
}

# provide_redis: only once something in the tree speaks to Redis.
provide_redis() {
  if ! grep -q '^name = "redis"$' Cargo.lock; then
    return
  fi
  have redis-server || apt_install redis-server
  local port
  port=$(free_port)
  redis-server --port "$port" --bind 127.0.0.1 --save '' --daemonize no >/dev/null &
  at_exit kill $!
  export TRIBUTARY_TEST_REDIS="redis://127.0.0.1:$port"
}

# provide_buf: the npm package carries the binary; its postinstall script only links it and is not needed.
provide_buf() {
  local home=$TOOLS/buf-$BUF_VERSION
  if [[ ! -x $home/node_modules/.bin/buf ]]; then
    npm install --prefix "$home" --ignore-scripts --no-audit --no-fund --loglevel=error "@bufbuild/buf@$BUF_VERSION"
  fi
  buf=$home/node_modules/.bin/buf
}

# provide_cargo_deny: built without optimisation, which takes a minute instead of four and is fast enough.
provide_cargo_deny() {
  local home=$TOOLS/cargo-deny-$CARGO_DENY_VERSION
  if [[ ! -x $home/bin/cargo-deny ]]; then
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$home/build \
      cargo install --quiet --locked --debug --version "=$CARGO_DENY_VERSION" --root "$home" cargo-deny
    rm -rf "$home/build"
  fi
  cargo_deny=$home/bin/cargo-deny
}
