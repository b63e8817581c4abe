//! The reasons with which the registry says no.

tributary_core::reasons! {
    PARTNER_NOT_FOUND: NotFound = "no partner has this name or external ref; create it or correct the name";
    PARTNER_EXISTS: AlreadyExists = "the partner id is taken; choose another or update the partner that has it";
    REGISTRATION_TAKEN: AlreadyExists = "another partner has this registration number; metadata names it";
    EXTERNAL_REF_TAKEN: AlreadyExists = "another partner has this external ref; metadata names it";
    STATUS_TRANSITION_REFUSED: FailedPrecondition = "the present status does not allow this verb; metadata lists what is possible";
    TIER_NOT_ASSIGNED: NotFound = "no tier covers this day; assign one";
    HIERARCHY_CYCLE: FailedPrecondition = "the partner would come to stand above itself; metadata names the path and the day";
    HIERARCHY_TOO_DEEP: FailedPrecondition = "the tree would become deeper than the limit; metadata names both";
    DOCUMENT_NOT_FOUND: NotFound = "the partner has no document of this name; list its documents or correct the name";
    DOCUMENT_EXISTS: AlreadyExists = "the partner has a document of this id; choose another";
    DOCUMENT_STATE_REFUSED: FailedPrecondition = "the document's state does not allow this verb; metadata lists what is possible";
    DOCUMENT_EXPIRED: FailedPrecondition = "the last valid day of the document is over; submit its renewal";
    RENEWAL_REFUSED: FailedPrecondition = "only a verified or expired document of the same kind can be renewed, and by one renewal only; metadata names it";
    REGION_NOT_FOUND: NotFound = "there is no region of this name; import it or correct the name";
    REGION_PARENT_MISSING: FailedPrecondition = "the region above is not there; import it before or with this one; metadata names it";
    REGION_PARENT_FIXED: FailedPrecondition = "a region stays where it is in the tree, because rights were decided by it; leave parent_code out";
    TERRITORY_RIGHT_NOT_FOUND: NotFound = "there is no right of this name, or there was none at that moment; list the rights or correct the name";
    TERRITORY_RIGHT_EXISTS: AlreadyExists = "the id of the right is taken; choose another";
    TERRITORY_CONFLICT: FailedPrecondition = "rights of other partners stand in the way, and one of each pair is exclusive; metadata names them";
    TERRITORY_UNDECIDED: FailedPrecondition = "it cannot be decided whether rights conflict, because too little is known of places; import shapes or say in which region a point lies";
    TERRITORY_RIGHT_END_REFUSED: FailedPrecondition = "the right ends on that day or before already; record a new right to extend it";
    TIER_NOT_OVERRIDDEN: FailedPrecondition = "no tier assigned by hand is in force on this day or later, so there is no override to end";
    TIER_NOT_EVALUATED: FailedPrecondition = "the partner was never evaluated, so there is no decision that could follow its override; evaluate it first";
    TIER_DECISION_NOT_FOUND: NotFound = "the partner has no decision of this number; list its decisions or correct the name";
    TIER_PROGRAMME_VERSION_NOT_FOUND: NotFound = "there is no version of this number of the tier programme; list the versions or correct the name";
    TIER_PROGRAMME_STATE_REFUSED: FailedPrecondition = "the state of the version does not allow this verb; metadata names it";
    TIER_PROGRAMME_MISSING: FailedPrecondition = "no version of the tier programme is in force on this day; draft, approve and activate one";
    BENEFIT_NOT_FOUND: NotFound = "no tier of the programme in force gives this benefit; correct its id";
    BENEFIT_NOT_ENTITLED: FailedPrecondition = "the partner's tier does not give this benefit on this day; metadata names the tier";
    BENEFIT_QUOTA_EXCEEDED: FailedPrecondition = "more than what is left of the allowance in this calendar year; metadata says how much that is";
    DEAL_NOT_FOUND: NotFound = "the partner has no deal of this name; list its deals or correct the name";
    DEAL_EXISTS: AlreadyExists = "the partner has another deal of this id, or holds the lead already; metadata names the deal";
    DEAL_STATE_REFUSED: FailedPrecondition = "the deal's state does not allow this verb; metadata lists what is possible";
    DEAL_EXTENSION_REFUSED: FailedPrecondition = "the policy allows no further extension, or none so long; metadata says what it allows";
    LEAD_PROTECTED: FailedPrecondition = "another deal holds the lead; metadata names it: reject that one, or wait until its protection ends";
    PARTNER_NOT_TRADING: FailedPrecondition = "leads are protected only for partners that are active or on probation; metadata names the status";
    MAKER_IS_CHECKER: FailedPrecondition = "who submitted, drafted or registered something cannot review or approve it; another subject must";
}
