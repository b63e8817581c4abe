//! A migrated database that the tests of one program copy: to migrate one takes seconds, to copy one hardly any time.

use std::{
    hash::{DefaultHasher, Hash, Hasher as _},
    time::UNIX_EPOCH,
};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::sync::OnceCell;

use super::{connect, fresh_name, run, with_database};

/// The name of the database to copy, which is made when this program has none yet. All of a program is migrated alike: the first
/// `migrate` decides.
pub(super) async fn provide(server: &str, migrate: impl AsyncFnOnce(&str)) -> &'static str {
    static NAME: OnceCell<String> = OnceCell::const_new();
    NAME.get_or_init(async || {
        let (program, build) = this_program();
        let name = format!("{program}_{build:016x}");
        let mut connection = connect(server).await;
        // Until the connection ends: where each test is a process, the others wait here.
        run(&mut connection, format!("SELECT pg_advisory_lock(hashtext('{program}'))")).await;
        let there = names(&mut connection, &program).await;
        if !there.contains(&name) {
            let fresh = fresh_name();
            run(&mut connection, format!("CREATE DATABASE \"{fresh}\" TEMPLATE template0 ENCODING 'UTF8'")).await;
            migrate(&with_database(server, &fresh)).await;
            // A database is copied and renamed while nobody is in it.
            run(&mut connection, format!("ALTER DATABASE \"{fresh}\" ALLOW_CONNECTIONS false")).await;
            let leave = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname";
            run(&mut connection, format!("{leave} = '{fresh}'")).await;
            run(&mut connection, format!("ALTER DATABASE \"{fresh}\" RENAME TO \"{name}\"")).await;
        }
        drop_older(&mut connection, &program, &name).await;
        connection.close().await.expect("the connection closed");
        name
    })
    .await
}

/// The databases of a program.
async fn names(connection: &mut PgConnection, program: &str) -> Vec<String> {
    let like = format!("SELECT datname FROM pg_database WHERE starts_with(datname, '{program}_') ORDER BY datname");
    sqlx::query_scalar(AssertSqlSafe(like)).fetch_all(connection).await.expect("the databases")
}

/// Drops what earlier builds of a program left.
async fn drop_older(connection: &mut PgConnection, program: &str, name: &str) {
    for old in names(connection, program).await.iter().filter(|old| *old != name) {
        run(connection, format!("DROP DATABASE IF EXISTS \"{old}\" WITH (FORCE)")).await;
    }
}

/// What the databases of this program are called, and a number that changes when it is built anew.
fn this_program() -> (String, u64) {
    let path = std::env::current_exe().expect("a program has a path");
    let built = path.metadata().and_then(|data| data.modified()).expect("a program has a time");
    let build = digest(built.duration_since(UNIX_EPOCH).expect("after 1970").as_nanos());
    (format!("tributary_template_{:016x}", digest(path)), build)
}

fn digest(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{connect, drop_older, names, run, this_program};
    use crate::database::{Engine, server};

    #[tokio::test]
    async fn what_an_older_build_left_is_dropped() {
        if !Engine::Postgres.is_available() {
            return;
        }
        let (program, build) = this_program();
        assert_eq!(this_program(), (program.clone(), build), "the same for the same build");
        // A program of its own: other tests of this one copy while this runs.
        let program = format!("{program}x");
        let mut connection = connect(&server().expect("named")).await;
        for number in [1, 2] {
            run(&mut connection, format!("CREATE DATABASE \"{program}_{number}\" TEMPLATE template0")).await;
        }
        drop_older(&mut connection, &program, &format!("{program}_2")).await;
        assert_eq!(names(&mut connection, &program).await, [format!("{program}_2")]);
        drop_older(&mut connection, &program, "").await;
        assert_eq!(names(&mut connection, &program).await, Vec::<String>::new());
    }
}
