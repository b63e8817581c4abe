//! A migrated database that the tests of one program copy: to migrate one takes seconds, to copy one hardly any time.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::UNIX_EPOCH,
};

use sqlx::{AssertSqlSafe, Connection as _};
use tokio::sync::OnceCell;

use super::{connect, fresh_name, run, with_database};

/// The name of the database to copy, which is made when this program has none yet.
pub(super) async fn provide(server: &str, migrate: impl AsyncFnOnce(&str)) -> &'static str {
    static NAME: OnceCell<String> = OnceCell::const_new();
    NAME.get_or_init(async || {
        let (program, build) = this_program();
        let name = format!("{program}_{build:016x}");
        let mut connection = connect(server).await;
        // Until the connection ends: where each test is a process, the others wait here.
        run(&mut connection, format!("SELECT pg_advisory_lock(hashtext('{program}'))")).await;
        let like = format!("SELECT datname FROM pg_database WHERE starts_with(datname, '{program}_')");
        let there: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(like)).fetch_all(&mut connection).await.expect("the databases");
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
        for old in there.iter().filter(|old| **old != name) {
            run(&mut connection, format!("DROP DATABASE IF EXISTS \"{old}\" WITH (FORCE)")).await;
        }
        connection.close().await.expect("the connection closed");
        name
    })
    .await
}

/// What the databases of this program are called, and a number that changes when it is built anew.
fn this_program() -> (String, u64) {
    let path = std::env::current_exe().expect("a program has a path");
    let built = path.metadata().and_then(|data| data.modified()).expect("a program has a time");
    let mut hasher = DefaultHasher::new();
    built.duration_since(UNIX_EPOCH).expect("after 1970").as_nanos().hash(&mut hasher);
    let build = hasher.finish();
    path.hash(&mut hasher);
    (format!("tributary_template_{:016x}", hasher.finish()), build)
}
