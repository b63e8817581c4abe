//! Answers that are kept while the data they rest on stay as they are.
//!
//! An answer is kept under the version of its data, which every write to them changes in its own transaction, and under the
//! whole request. So one that is found is what counting now would say; a new fact makes the next call count anew. The
//! version is read before anything is counted: what comes in between makes an answer newer than its version, and such an
//! answer is given but not kept.

use std::sync::Arc;

use prost::Message;
use tributary_cache::{Fresh, Key, Shelf};
use tributary_core::{Fault, RequestContext, TenantId};

use crate::{
    NAME,
    ports::versions::{Data, VersionReads},
};

/// Bytes of answers that are kept of one computation, at most.
const KEPT: usize = 4 << 20;
/// Pages that are kept after the one that was asked for, at most.
const PAGES: usize = 255;

/// Where answers are kept.
#[derive(Clone)]
pub struct Answers {
    /// What is kept.
    pub shelf: Arc<Shelf>,
    /// Which state the data are in.
    pub versions: Arc<dyn VersionReads>,
}

/// An answer, and those to the questions that usually follow: the pages after it.
pub struct Answered<Q, A> {
    /// The answer.
    pub first: A,
    /// Further questions with their answers.
    pub following: Vec<(Q, A)>,
}

/// What a question is about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a, Q> {
    /// The method.
    pub method: &'static str,
    /// Everything that shapes the answer, in one form: what is left out is set to what it then means.
    pub request: &'a Q,
    /// What it reads.
    pub data: &'a [Data],
}

impl Answers {
    /// The answer to a question, as it is kept or as it is computed now.
    ///
    /// # Errors
    /// Those of `compute`; `STORE_UNAVAILABLE`.
    pub async fn answer<Q: Message, A: Message + Default>(
        &self,
        caller: &RequestContext,
        question: Question<'_, Q>,
        compute: impl Future<Output = Result<Answered<Q, A>, Fault>>,
    ) -> Result<A, Fault> {
        let tenant = &caller.tenant;
        let Some(state) = self.versions.versions(tenant).await?.of(question.data) else {
            return Ok(compute.await?.first);
        };
        let key = |request: &Q| key(tenant, question.method, &state, request);
        let asked = key(question.request);
        let bytes = self.shelf.answer(asked, async {
            let Answered { first, following } = compute.await?;
            let value = first.encode_to_vec();
            let mut keep = Vec::new();
            if self.versions.versions(tenant).await?.of(question.data).as_ref() == Some(&state) {
                let following = following.iter().map(|(request, answer)| (key(request), answer.encode_to_vec()));
                let mut room = KEPT;
                for (key, value) in [(asked, value.clone())].into_iter().chain(following) {
                    let Some(left) = room.checked_sub(value.len()) else { break };
                    room = left;
                    keep.push((key, value.into()));
                }
            }
            Ok::<_, Fault>(Fresh { value: value.into(), keep })
        });
        A::decode(bytes.await?).map_err(|e| Fault::internal(format!("a kept answer cannot be read: {e}")))
    }
}

/// The page of a request, and the pages after it as long as they are kept.
///
/// # Errors
/// Those of the page itself; one after it that cannot be written is its own caller's to hear of.
pub async fn pages<Q, A, P>(
    request: Q,
    token: fn(&mut Q) -> &mut String,
    next: fn(&A) -> &String,
    page: P,
) -> Result<Answered<Q, A>, Fault>
where
    Q: Clone + Send + 'static,
    A: Message + 'static,
    P: Fn(&str) -> Result<A, Fault> + Send + 'static,
{
    let written = tokio::task::spawn_blocking(move || {
        let asked = std::mem::take(token(&mut request.clone()));
        let first = page(&asked)?;
        let mut following: Vec<(Q, A)> = Vec::new();
        let (mut room, mut go_on) = (KEPT.checked_sub(first.encoded_len()), next(&first).clone());
        while !go_on.is_empty() && following.len() < PAGES {
            let Ok(answer) = page(&go_on) else { break };
            room = room.and_then(|room| room.checked_sub(answer.encoded_len()));
            if room.is_none() {
                break;
            }
            let mut asked = request.clone();
            *token(&mut asked) = std::mem::replace(&mut go_on, next(&answer).clone());
            following.push((asked, answer));
        }
        Ok(Answered { first, following })
    });
    written.await.map_err(|e| Fault::internal(format!("pages were not written: {e}")))?
}

fn key<Q: Message>(tenant: &TenantId, method: &str, state: &[u8], request: &Q) -> Key {
    Key::new(NAME, tenant, &[method.as_bytes(), state, &request.encode_to_vec()])
}
