//! Which connections a channel has: one per address that its hosts resolve to, made again when it closes.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::{CONNECT, Resolve, Target, member};
pub(super) use member::{Network, Ready};

/// First pause before an address is tried again; doubles up to [`MAX_PAUSE`].
const MIN_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(1);
/// The shortest time between two looks at names.
const MIN_REFRESH: Duration = Duration::from_millis(250);

/// An address of a target, by the target's place in the list.
type Place = (usize, SocketAddr);

/// What is known of the connections.
#[derive(Clone, Default)]
pub(super) struct Members {
    states: BTreeMap<Place, State>,
    /// Why no address is known; none before the first answer.
    unresolved: Option<String>,
}

#[derive(Clone)]
enum State {
    /// For the first time, or after a connection that was open.
    Connecting,
    Ready(Ready),
    Failed(String),
}

impl Members {
    /// Of two open neighbours, the less busy one.
    pub(super) fn choose(&self, turn: usize) -> Option<Ready> {
        let open: Vec<&Ready> = self
            .states
            .values()
            .filter_map(|state| match state {
                State::Ready(ready) if ready.is_open() => Some(ready),
                _ => None,
            })
            .collect();
        let at = |turn: usize| turn.checked_rem(open.len()).and_then(|n| open.get(n)).copied();
        let (first, second) = (at(turn)?, at(turn.wrapping_add(1))?);
        Some(if second.load() < first.load() { second } else { first }.clone())
    }

    /// Why there is nothing to wait for; none while an answer is still to come.
    pub(super) fn hopeless(&self) -> Option<String> {
        let mut why = self.unresolved.clone();
        for state in self.states.values() {
            match state {
                State::Failed(reason) => why = Some(reason.clone()),
                State::Connecting | State::Ready(_) => return None,
            }
        }
        why
    }
}

/// Keeps connections until the token is cancelled.
pub(super) fn keep(
    targets: Vec<Target>,
    resolve: Resolve,
    (refresh, network): (Duration, Network),
) -> (watch::Receiver<Members>, CancellationToken) {
    let (members, seen) = watch::channel(Members::default());
    let stop = CancellationToken::new();
    tokio::spawn(run(targets, resolve, (refresh, network), members, stop.clone()));
    (seen, stop)
}

async fn run(
    targets: Vec<Target>,
    resolve: Resolve,
    (refresh, network): (Duration, Network),
    members: watch::Sender<Members>,
    stop: CancellationToken,
) {
    let mut kept: BTreeMap<Place, CancellationToken> = BTreeMap::new();
    let lost = std::sync::Arc::new(Notify::new());
    loop {
        let mut wanted: Vec<(Place, &Target)> = Vec::new();
        for (n, target) in targets.iter().enumerate() {
            let found = tokio::time::timeout(CONNECT, resolve(&target.host, target.port)).await;
            let why = match found {
                Ok(Ok(addresses)) if !addresses.is_empty() => {
                    wanted.extend(addresses.into_iter().map(|address| ((n, address), target)));
                    continue;
                }
                Ok(Ok(_)) => "no address".to_owned(),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer in time".to_owned(),
            };
            let why = format!("{} cannot be resolved: {why}", target.authority);
            tracing::debug!("{why}");
            // What was known holds on: a name server that is away must not end what works.
            wanted.extend(kept.keys().filter(|(of, _)| *of == n).map(|place| (*place, target)));
            members.send_modify(|members| members.unresolved = Some(why));
        }
        kept.retain(|place, member| {
            let stays = wanted.iter().any(|(other, _)| other == place);
            if !stays {
                member.cancel();
                members.send_modify(|members| drop(members.states.remove(place)));
            }
            stays
        });
        for (place, target) in wanted {
            kept.entry(place).or_insert_with(|| {
                let member = stop.child_token();
                members.send_modify(|members| drop(members.states.insert(place, State::Connecting)));
                let one =
                    One { network, place, target: target.clone(), members: members.clone(), stop: member.clone() };
                tokio::spawn(one.run(lost.clone()));
                member
            });
        }
        let early = async {
            tokio::time::sleep(MIN_REFRESH).await;
            lost.notified().await;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(refresh) => {}
            // Where one went, others may have come.
            () = early => {}
        }
    }
}

/// One member.
struct One {
    network: Network,
    place: Place,
    target: Target,
    members: watch::Sender<Members>,
    stop: CancellationToken,
}

impl One {
    /// Connects again and again until it is not wanted any more.
    async fn run(self, lost: std::sync::Arc<Notify>) {
        let mut pause = MIN_PAUSE;
        loop {
            let connecting = member::connect(self.network, self.place.1, self.target.authority.clone());
            let connected = tokio::select! {
                () = self.stop.cancelled() => return,
                connected = tokio::time::timeout(CONNECT, connecting) => connected,
            };
            match connected.unwrap_or_else(|_| Err(format!("{} does not answer", self.target.authority))) {
                Ok((ready, closed)) => {
                    tracing::debug!(peer = %self.target.authority, address = %self.place.1, number = ready.number, "connected");
                    pause = MIN_PAUSE;
                    self.say(State::Ready(ready));
                    tokio::select! {
                        () = self.stop.cancelled() => return,
                        // The sender is dropped, never used.
                        _ = closed => {}
                    }
                    self.say(State::Connecting);
                    lost.notify_one();
                }
                Err(why) => {
                    tracing::debug!(why, "not connected");
                    self.say(State::Failed(why));
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = pause.saturating_mul(2).min(MAX_PAUSE);
        }
    }

    /// Unless it is not wanted any more.
    fn say(&self, state: State) {
        self.members.send_if_modified(|members| match members.states.get_mut(&self.place) {
            Some(known) if !self.stop.is_cancelled() => {
                *known = state;
                true
            }
            _ => false,
        });
    }
}
