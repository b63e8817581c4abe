//! The reasons with which analytics says no: its part of the error catalogue.

tributary_core::reasons! {
    AMOUNT_OVERFLOW: FailedPrecondition = "a sum has more units of its currency than the 64 bits of an answer hold; ask for fewer months or more dimensions";
    ATTRIBUTION_NOT_SOLVED: FailedPrecondition = "the chain of the journeys did not settle; ask for a lower order";
    ATTRIBUTION_TOO_LARGE: FailedPrecondition = "the journeys have too many channels or states for the model; ask for a lower order or fewer days";
    CURRENCIES_MIXED: FailedPrecondition = "the journeys have values in several currencies, which are never added; ask for one of them";
    JOURNEY_CONTENT_DIFFERS: AlreadyExists = "a journey of this id is recorded with another content; give the changed one an id of its own";
    PERSONAL_DATA: InvalidArgument = "a key looks like a phone number, a national id or an e-mail address; send a pseudonym (a keyed hash) instead";
}
