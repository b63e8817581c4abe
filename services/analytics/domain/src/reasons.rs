//! The reasons with which analytics says no: its part of the error catalogue.

tributary_core::reasons! {
    AMOUNT_OVERFLOW: FailedPrecondition = "a sum has more units of its currency than the 64 bits of an answer hold; ask for fewer days or more dimensions";
    ATTRIBUTION_NOT_SOLVED: FailedPrecondition = "the chain of the journeys did not settle; ask for a lower order";
    ATTRIBUTION_TOO_LARGE: FailedPrecondition = "the journeys have too many channels or states for the model; ask for a lower order or fewer days";
    BASIS_AMBIGUOUS: FailedPrecondition = "sell-in and sell-out facts are in scope, which are not added unasked; state the basis";
    CURRENCIES_MIXED: FailedPrecondition = "the journeys have values in several currencies, which are never added; ask for one of them";
    CURRENCY_AMBIGUOUS: FailedPrecondition = "the facts in scope have several currencies, which are never added; state one";
    JOURNEY_CONTENT_DIFFERS: AlreadyExists = "a journey of this id is recorded with another content; give the changed one an id of its own";
    METRIC_TOO_LARGE: FailedPrecondition = "the answer takes too many cells or distinct counts of too many things; ask for fewer dimensions, longer periods or fewer days";
    PERSONAL_DATA: InvalidArgument = "a key looks like a phone number, a national id or an e-mail address; send a pseudonym (a keyed hash) instead";
    ROW_CONTENT_DIFFERS: AlreadyExists = "a row of this source key is recorded with another content, the metadata names the fields; give the changed one a key of its own";
    TARGET_EXISTS: AlreadyExists = "a target has this id; choose another target_id, or change that target";
    TARGET_NOT_FOUND: NotFound = "no such target; list the targets of the tenant";
}
