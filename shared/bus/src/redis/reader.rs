//! What a consumer says to Redis: its group on every stream, reading, acknowledging. A connection of its own, because
//! reading waits.

use std::{collections::HashMap, time::Duration};

use redis::{
    AsyncTypedCommands as _, RedisError,
    aio::MultiplexedConnection,
    streams::{StreamKey, StreamReadReply},
};

/// The name all replicas read under: what one left unfinished is the next one's to finish.
const NAME: &str = "reader";
/// Entries read at once from each stream.
const BATCH: usize = 100;
/// New entries of a stream.
const NEW: &str = ">";
/// Entries that were handed out and not acknowledged, from the first on.
const UNFINISHED: &str = "0";

/// Reads for one consumer: first what was left unfinished, then what comes.
pub(super) struct Reader {
    connection: MultiplexedConnection,
    group: String,
    streams: Vec<String>,
    /// Where reading goes on, per stream.
    from: Vec<String>,
    /// Entries that are done and not yet acknowledged, by stream.
    done: HashMap<String, Vec<String>>,
}

impl Reader {
    /// Makes the group where it is missing, from the beginning of the stream: what was handled before, the inbox knows.
    pub(super) async fn begin(
        mut connection: MultiplexedConnection,
        group: &str,
        streams: &[String],
    ) -> Result<Self, RedisError> {
        for stream in streams {
            match connection.xgroup_create_mkstream(stream, group, "0").await {
                Err(error) if error.code() != Some("BUSYGROUP") => return Err(error),
                _ => {}
            }
        }
        let from = vec![UNFINISHED.to_owned(); streams.len()];
        Ok(Self { connection, group: group.to_owned(), streams: streams.to_vec(), from, done: HashMap::new() })
    }

    /// The next entries, and whether they are some that were left unfinished; none when none came within `wait`.
    pub(super) async fn next(&mut self, wait: Duration) -> Result<(Vec<StreamKey>, bool), RedisError> {
        loop {
            let mut read = redis::cmd("XREADGROUP");
            read.arg("GROUP").arg(&self.group).arg(NAME).arg("COUNT").arg(BATCH);
            // 0 would be for ever. Ignored for unfinished entries.
            read.arg("BLOCK").arg(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1));
            read.arg("STREAMS").arg(&self.streams).arg(&self.from);
            let read: Option<StreamReadReply> = read.query_async(&mut self.connection).await?;
            let read = read.unwrap_or_default().keys;
            if self.from.iter().all(|from| from == NEW) {
                return Ok((read, false));
            }
            if read.iter().any(|stream| !stream.ids.is_empty()) {
                for (from, name) in self.from.iter_mut().zip(&self.streams) {
                    let last = read.iter().find(|stream| stream.key == *name).and_then(|stream| stream.ids.last());
                    if let Some(last) = last {
                        from.clone_from(&last.id);
                    }
                }
                return Ok((read, true));
            }
            // Nothing is left unfinished.
            self.from.fill(NEW.to_owned());
        }
    }

    /// The entry needs no other try.
    pub(super) fn done(&mut self, stream: &str, id: String) {
        self.done.entry(stream.to_owned()).or_default().push(id);
    }

    /// Notes that handling an entry begins; how often it did since the last [`ended`](Self::ended), this time included.
    pub(super) async fn begun(&mut self, place: &str, id: &str) -> Result<u32, RedisError> {
        redis::cmd("HINCRBY").arg(place).arg(id).arg(1).query_async(&mut self.connection).await
    }

    /// Handling an entry came to an end, whichever.
    pub(super) async fn ended(&mut self, place: &str, id: &str) -> Result<(), RedisError> {
        redis::cmd("HDEL").arg(place).arg(id).query_async(&mut self.connection).await
    }

    /// Acknowledges what is done.
    pub(super) async fn acknowledge(&mut self) -> Result<(), RedisError> {
        if self.done.is_empty() {
            return Ok(());
        }
        let mut all = redis::pipe();
        for (stream, ids) in self.done.drain() {
            all.cmd("XACK").arg(stream).arg(&self.group).arg(ids).ignore();
        }
        all.query_async(&mut self.connection).await
    }

    /// How many entries of each stream the group has not got or not acknowledged, as far as the server can tell (from
    /// Redis 7 on).
    pub(super) async fn backlog(&mut self) -> Result<Vec<(String, usize)>, RedisError> {
        let mut waiting = Vec::new();
        for stream in &self.streams {
            let groups = self.connection.xinfo_groups(stream).await?.groups;
            let Some(group) = groups.into_iter().find(|group| group.name == self.group) else { continue };
            waiting.push((stream.clone(), group.lag.unwrap_or(0).saturating_add(group.pending)));
        }
        Ok(waiting)
    }

    /// How many entries of each stream were trimmed before the group got them, as far as the server can tell (from
    /// Redis 7 on).
    pub(super) async fn missed(&mut self) -> Result<Vec<(String, usize)>, RedisError> {
        let mut missed = Vec::new();
        for stream in &self.streams {
            let groups = self.connection.xinfo_groups(stream).await?.groups;
            let Some(group) = groups.into_iter().find(|group| group.name == self.group) else { continue };
            let there = self.connection.xinfo_stream(stream).await?;
            // A group that got nothing yet began after them. One beyond the gap still counts it as not delivered.
            let at = position(&group.last_delivered_id);
            let gap = at != (0, 0) && at < position(&there.first_entry.id);
            let count = group.lag.unwrap_or(0).saturating_sub(there.length);
            if gap && count > 0 {
                missed.push((stream.clone(), count));
            }
        }
        Ok(missed)
    }
}

/// The parts of an id: milliseconds and number.
fn position(id: &str) -> (u64, u64) {
    let (millis, number) = id.split_once('-').unwrap_or((id, "0"));
    (millis.parse().unwrap_or(0), number.parse().unwrap_or(0))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::time::Duration;

    use redis::{AsyncTypedCommands as _, Client, streams::StreamMaxlen};
    use tributary_testkit::RedisServer;

    use super::Reader;

    #[tokio::test]
    async fn what_was_trimmed_before_it_was_read_is_counted() {
        let Some(server) = RedisServer::start() else { return };
        let client = Client::open(server.url()).expect("an address");
        let mut commands = client.get_multiplexed_async_connection().await.expect("it answers");
        let connection = client.get_multiplexed_async_connection().await.expect("it answers");
        let streams = ["a", "b"].map(str::to_owned);
        let mut reader = Reader::begin(connection, "group", &streams).await.expect("begun");
        let mut add = async |count: u32| {
            for _ in 0..count {
                commands.xadd("b", "*", &[("n", "1")]).await.expect("added");
            }
            commands.clone()
        };
        add(3).await;
        let (read, unfinished) = reader.next(Duration::from_secs(1)).await.expect("read");
        assert!(!unfinished);
        assert_eq!(read.iter().map(|stream| stream.ids.len()).collect::<Vec<_>>(), [3]);
        // Read and trimmed is not missed; nor is what is still there.
        let mut commands = add(7).await;
        commands.xtrim("b", StreamMaxlen::Equals(7)).await.expect("trimmed");
        assert_eq!(reader.missed().await, Ok(vec![]));
        // Ten were added, three read, two are there: five are gone.
        commands.xtrim("b", StreamMaxlen::Equals(2)).await.expect("trimmed");
        assert_eq!(reader.missed().await, Ok(vec![("b".to_owned(), 5)]));
        reader.next(Duration::from_secs(1)).await.expect("read");
        assert_eq!(reader.missed().await, Ok(vec![]), "said once");
    }
}
