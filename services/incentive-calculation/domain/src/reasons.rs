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
    RUN_NOT_SUCCEEDED: FailedPrecondition = "the run has not succeeded, so that there is nothing to compare or to calculate again";
    PERIOD_NOT_FOUND: NotFound = "the programme has no final run of this period; calculate it first";
    PERIOD_LOCKED: FailedPrecondition = "the period is locked; a locked period never changes, what is learnt later becomes a true-up";
    PERIOD_NOT_OVER: FailedPrecondition = "the days of the period or its grace days are not over; the message says from when on it may be locked";
    RUN_NOT_NEWEST: FailedPrecondition = "another final run of the period succeeded later; lock on that one";
    LOCKER_IS_CALCULATOR: FailedPrecondition = "who asked for a run cannot lock the period on it; another subject must";
    NEWER_FACTS: FailedPrecondition = "facts that count in the period arrived since the run; calculate again, or set allow_newer_facts and leave them to a true-up";
    TRUE_UPS_OUTDATED: FailedPrecondition = "another run has meanwhile stated something of what this one settles; calculate the period again";
    RUN_NOT_FOUND: NotFound = "no such run";
    SIMULATION_NOT_FOUND: NotFound = "no such simulation; one that is under way is kept when its operation is done";
    STATEMENT_NOT_FOUND: NotFound = "no such statement";
    LINE_NOT_FOUND: NotFound = "no such statement line";
    RATE_MISSING: FailedPrecondition = "a rate table has no rate for a currency on or before a day; record it and calculate again";
    AMOUNT_OVERFLOW: FailedPrecondition = "an amount is too large for 64 bits of minor units; the message names payee and rule";
    FIGURE_NOT_FOUND: NotFound = "no figure with this name, or none that was known at the moment asked for";
    RATE_NOT_FOUND: NotFound = "no rate with this name, or none that was known at the moment asked for";
    RATE_TABLE_AMBIGUOUS: FailedPrecondition = "two plans of the run convert into different currencies by one table; keep a table per currency to convert into";
    OPENING_LINE_NOT_FOUND: NotFound = "no opening line with this name";
    CALENDAR_NOT_FOUND: NotFound = "no such calendar";
    CALENDAR_EXISTS: AlreadyExists = "a calendar with this id exists; update it";
}
