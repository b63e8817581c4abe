# Short names for what people type. `just` lists them.

postgres := env("TRIBUTARY_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")

default:
    @just --list

# The suite with example data: what is paid, and why.
demo:
    cargo run --release -- demo

# Every service in one process, data under ./data.
up *ARGS:
    cargo run --release -- up {{ARGS}}

# All tests on SQLite; those on PostgreSQL say that they skip.
test:
    cargo test --workspace

# All tests on both stores.
test-both:
    TRIBUTARY_TEST_POSTGRES={{postgres}} cargo test --workspace

# The rules of the house.
house:
    cargo test -p architecture-tests

# Format, and the lints of the workspace.
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- -D warnings

# The contract: format and lint.
proto:
    .ci/run protos

# Everything a change must pass.
ci *STEPS:
    .ci/run {{STEPS}}
