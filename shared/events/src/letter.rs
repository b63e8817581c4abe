//! Dead letters as the API shows and names them.

use tributary_bus::reasons;
use tributary_core::Fault;
use tributary_proto::tributary::event::v1::DeadLetter;
use tributary_rpc::convert::timestamp_to_proto;
use tributary_sql::DeadLetter as Kept;
use uuid::Uuid;

use crate::unreadable;

/// A name, taken apart: `services/SERVICE/deadLetters/CONSUMER.EVENT`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LetterName {
    /// `services/SERVICE`.
    pub(crate) service: String,
    pub(crate) consumer: String,
    pub(crate) event: Uuid,
}

impl LetterName {
    /// # Errors
    /// `DEAD_LETTER_NOT_FOUND`: what is not such a name cannot exist.
    pub(crate) fn parse(name: &str) -> Result<Self, Fault> {
        let parts = name.split_once("/deadLetters/").and_then(|(service, letter)| {
            let (consumer, event) = letter.split_once('.')?;
            Some(Self {
                service: service.to_owned(),
                consumer: consumer.to_owned(),
                event: Uuid::try_parse(event).ok()?,
            })
        });
        parts.ok_or_else(|| missing(name))
    }
}

pub(crate) fn missing(name: &str) -> Fault {
    let why = format!("{name:?} does not exist; list the dead letters, it may have been handled already");
    Fault::new(reasons::DEAD_LETTER_NOT_FOUND, why).with("resource", name)
}

/// A letter of a list: without the content of its event.
pub(crate) fn listed(letter: Kept, service: &str) -> DeadLetter {
    DeadLetter { data: Vec::new(), ..whole(letter, service) }
}

/// A letter with all there is.
pub(crate) fn whole(letter: Kept, service: &str) -> DeadLetter {
    let Kept { consumer, event, reason, attempts, create_time } = letter;
    DeadLetter {
        name: format!("services/{service}/deadLetters/{consumer}.{}", event.id.simple()),
        consumer,
        event_id: event.id.to_string(),
        source: event.source,
        event_type: event.event_type,
        subject: event.subject,
        sequence: event.sequence,
        event_time: Some(timestamp_to_proto(event.time)),
        reason,
        attempt_count: attempts,
        create_time: Some(timestamp_to_proto(create_time)),
        data: event.data,
    }
}

/// Where a page of letters ends.
pub(crate) fn cursor(consumer: &str, event: Uuid) -> String {
    format!("{consumer} {}", event.simple())
}

/// A cursor, read.
///
/// # Errors
/// `PAGE_TOKEN_INVALID`.
pub(crate) fn position(cursor: &str) -> Result<(String, Uuid), Fault> {
    let parts =
        cursor.split_once(' ').and_then(|(consumer, event)| Some((consumer.to_owned(), Uuid::try_parse(event).ok()?)));
    parts.ok_or_else(unreadable)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{LetterName, cursor, position};

    #[test]
    fn names_are_taken_apart() {
        let name = "services/contract-risk/deadLetters/contract-risk-sales.0192f7c4a1b27c3d8e9f0123456789ab";
        let event = Uuid::from_u128(0x0192_f7c4_a1b2_7c3d_8e9f_0123_4567_89ab);
        let expected = LetterName {
            service: "services/contract-risk".to_owned(),
            consumer: "contract-risk-sales".to_owned(),
            event,
        };
        assert_eq!(LetterName::parse(name), Ok(expected));
        for wrong in ["", "services/x/deadLetters/y", "services/x/deadLetters/y.z", "deadLetters/y.0"] {
            let fault = LetterName::parse(wrong).expect_err(wrong);
            assert_eq!(fault.reason().code, "DEAD_LETTER_NOT_FOUND", "{wrong}");
        }
        assert_eq!(position(&cursor("a-b", event)), Ok(("a-b".to_owned(), event)));
        assert_eq!(position("a-b").expect_err("no event").reason().code, "PAGE_TOKEN_INVALID");
    }
}
