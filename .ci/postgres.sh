# Finds or starts a PostgreSQL for the tests. Sourced, never run.
# shellcheck shell=bash

readonly SERVER="postgres://postgres@127.0.0.1:5432/postgres"

# provide_postgres: sets TRIBUTARY_TEST_POSTGRES to a server on which postgres may log in without a password: the one
# that is named already, else a private one in a directory that is gone afterwards, else the one on 127.0.0.1:5432. A
# private one waits for no disk, and tests make and drop a database each.
provide_postgres() {
  if [[ -n ${TRIBUTARY_TEST_POSTGRES:-} ]]; then
    echo "using TRIBUTARY_TEST_POSTGRES as it is set"
  elif ! postgres_bin >/dev/null && answers "$SERVER"; then
    echo "using the server on 127.0.0.1:5432"
    export TRIBUTARY_TEST_POSTGRES=$SERVER
  else
    start_private_postgres
  fi
}

answers() {
  have psql && PGCONNECT_TIMEOUT=5 psql -w -q -X -c 'SELECT 1' "$1" >/dev/null 2>&1
}

postgres_bin() {
  local directory
  for directory in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/local/bin /usr/bin | sort -Vr); do
    if [[ -x $directory/initdb && -x $directory/pg_ctl ]]; then
      echo "$directory"
      return
    fi
  done
  return 1
}

start_private_postgres() {
  postgres_bin >/dev/null || apt_install postgresql
  local bin port directory
  bin=$(postgres_bin)
  port=$(free_port)
  directory=$(mktemp -d)
  at_exit rm -rf "$directory"
  # initdb refuses root: the server then runs as the user that the Debian package made.
  local user=()
  if [[ $(id -u) -eq 0 ]]; then
    user=(runuser -u postgres --)
    chown postgres "$directory"
  fi
  "${user[@]}" "$bin/initdb" -D "$directory/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
  at_exit "${user[@]}" "$bin/pg_ctl" -D "$directory/data" -m immediate -s stop
  "${user[@]}" "$bin/pg_ctl" -D "$directory/data" -l "$directory/log" -s -w \
    -o "-p $port -k '' -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off \
      -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=4GB" start
  echo "started a private server on 127.0.0.1:$port"
  export TRIBUTARY_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres"
}
