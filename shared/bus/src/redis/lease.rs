//! Who reads for a consumer: one replica at a time, so that events keep their order. Nothing but order depends on it: two
//! readers at once have each effect once, too.

use std::time::Duration;

use redis::{RedisError, Script};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Server;

const RENEW: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0";
const RELEASE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

/// A lease that is held.
pub(super) struct Lease {
    server: Server,
    key: String,
    /// Tells holders apart.
    token: String,
    span: Duration,
    until: Instant,
}

impl Lease {
    /// Takes it; none when another holds it.
    pub(super) async fn acquire(
        server: &Server,
        key: String,
        token: String,
        span: Duration,
    ) -> Result<Option<Self>, RedisError> {
        let asked = Instant::now();
        let mut take = redis::cmd("SET");
        take.arg(&key).arg(&token).arg("NX").arg("PX").arg(millis(span));
        let taken: Option<String> = take.query_async(&mut server.commands.clone()).await?;
        Ok(taken.map(|_| Self { server: server.clone(), key, token, span, until: after(asked, span) }))
    }

    /// Renews it until `session` is over; when that fails for so long that another may hold it, ends the session.
    pub(super) async fn keep(&mut self, session: &CancellationToken) {
        let renew = Script::new(RENEW);
        loop {
            tokio::select! {
                () = session.cancelled() => return,
                () = tokio::time::sleep(self.span / 4) => {}
            }
            let asked = Instant::now();
            let mut invocation = renew.prepare_invoke();
            invocation.key(&self.key).arg(&self.token).arg(millis(self.span));
            let mut commands = self.server.commands.clone();
            let answer = tokio::time::timeout_at(self.until, invocation.invoke_async::<i64>(&mut commands)).await;
            match answer {
                Ok(Ok(1)) => self.until = after(asked, self.span),
                Ok(Err(error)) if asked < self.until => tracing::debug!(key = self.key, %error, "lease not renewed"),
                _ => {
                    tracing::warn!(key = self.key, "the lease is lost, another replica may read");
                    session.cancel();
                    return;
                }
            }
        }
    }

    /// Gives it back, so that another need not wait for its end. A server that is away lets it run out.
    pub(super) async fn release(self) {
        let release = Script::new(RELEASE);
        let mut invocation = release.prepare_invoke();
        invocation.key(&self.key).arg(&self.token);
        if let Err(error) = invocation.invoke_async::<i64>(&mut self.server.commands.clone()).await {
            tracing::debug!(key = self.key, %error, "lease not released, it runs out");
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX).max(1)
}

fn after(from: Instant, span: Duration) -> Instant {
    from.checked_add(span).unwrap_or(from)
}
