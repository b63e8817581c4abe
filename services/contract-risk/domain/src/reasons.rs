//! The reasons with which contract-risk says no: its part of the error catalogue.

tributary_core::reasons! {
    CONTRACT_NOT_FOUND: NotFound = "no contract has this name; create it or correct the name";
    CONTRACT_EXISTS: AlreadyExists = "the contract id is taken; choose another";
    EXTERNAL_REF_TAKEN: AlreadyExists = "another contract or obligation has this external ref; metadata names it";
    REVISION_NOT_FOUND: NotFound = "the contract has no revision with this number; list its revisions";
    CONTRACT_LED_HERE: FailedPrecondition = "the contract was made or changed here, so no import changes it; use the methods of ContractService";
    CONTRACT_NOT_EDITABLE: FailedPrecondition = "the contract's state does not allow other terms; metadata names the state";
    CONTRACT_TRANSITION_REFUSED: FailedPrecondition = "the contract's state does not allow this; metadata lists what is possible";
    CONTRACT_NOT_APPROVED: FailedPrecondition = "the revision under review is not approved; let legal approve it first";
    SIGNATURE_EXISTS: FailedPrecondition = "the party has signed already; metadata names it";
    MAKER_IS_CHECKER: FailedPrecondition = "who wrote or filed it cannot decide on it; another subject must";
    CONTRACT_OPEN_ENDED: FailedPrecondition = "the contract has no end, so nothing can follow it; terminate it instead";
    SUCCESSOR_EXISTS: FailedPrecondition = "the contract has a successor; metadata names it";
    CONTRACT_OVER: FailedPrecondition = "the contract is over and takes no more obligations; metadata names the state";
    OBLIGATION_NOT_FOUND: NotFound = "no obligation has this name; create it or correct the name";
    OBLIGATION_EXISTS: AlreadyExists = "the obligation id is taken in this contract; choose another";
    OBLIGATION_LED_HERE: FailedPrecondition = "the obligation was made or changed here, so no import changes it; use the methods of ObligationService";
    OBLIGATION_TRANSITION_REFUSED: FailedPrecondition = "the obligation's state does not allow this; metadata lists what is possible";
    PAYMENT_INCOMPLETE: FailedPrecondition = "what was filed does not reach the amount; metadata names what is missing";
    PROOFS_FULL: FailedPrecondition = "the obligation has as many proofs as one may have; combine the files";
    ALERT_RULE_NOT_FOUND: NotFound = "no version of an alert rule has this name; list them";
    ALERT_RULE_TRANSITION_REFUSED: FailedPrecondition = "the state of the rule's version does not allow this; the message lists what is possible";
    ALERT_NOT_FOUND: NotFound = "no alert has this name; list them";
    ALERT_TRANSITION_REFUSED: FailedPrecondition = "the alert's state does not allow this; the message lists what is possible";
}
