//! The reasons of this service's faults: the incentive part of the error catalogue.

tributary_core::reasons! {
    FACT_CONTENT_DIFFERS: AlreadyExists = "the source id is known with other content; facts never change, record an adjustment";
    FACT_NOT_FOUND: NotFound = "no fact with this source system and source id";
    PARTNER_UNKNOWN: FailedPrecondition = "no partner with this name or external ref; create it in the registry and send the row again";
    PERSONAL_DATA: InvalidArgument = "a customer key looks like a phone number, a national id or an e-mail address; send a pseudonym (a keyed hash) instead";
    PROGRAMME_NOT_FOUND: NotFound = "no such programme";
    PROGRAMME_EXISTS: AlreadyExists = "a programme with this id exists";
    SLOT_NOT_FOUND: NotFound = "the programme has no such slot; the message lists its slots";
    PLAN_VERSION_NOT_FOUND: NotFound = "no such plan version";
    PLAN_SLOT_DIFFERS: FailedPrecondition = "a plan never changes its programme and slot; publish under another plan id";
    PLAN_STATE_TRANSITION_REFUSED: FailedPrecondition = "the version's state does not allow this; the message says what it does allow";
    MAKER_IS_CHECKER: FailedPrecondition = "the author of a version cannot approve it; another subject must";
    ASSIGNMENT_UNDECIDED: FailedPrecondition = "another active plan of the slot could fit the same partner equally well; change a priority";
    NO_ACTIVE_PLAN: FailedPrecondition = "the programme has no active plan version for this period; approve and activate one";
    RUN_IN_PROGRESS: FailedPrecondition = "a final run of this programme and period is under way; wait for it";
    RUN_NOT_FOUND: NotFound = "no such run";
    STATEMENT_NOT_FOUND: NotFound = "no such statement";
    LINE_NOT_FOUND: NotFound = "no such statement line";
    RATE_MISSING: FailedPrecondition = "a rate table has no rate for a currency on or before a day; record it and calculate again";
    AMOUNT_OVERFLOW: FailedPrecondition = "an amount is too large for 64 bits of minor units; the message names payee and rule";
}
