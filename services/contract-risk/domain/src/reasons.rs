//! The reasons with which contract-risk says no: its part of the error catalogue.

tributary_core::reasons! {
    CONTRACT_NOT_FOUND: NotFound = "no contract has this name; create it or correct the name";
    CONTRACT_EXISTS: AlreadyExists = "the contract id is taken; choose another";
    EXTERNAL_REF_TAKEN: AlreadyExists = "another contract has this external ref; metadata names it";
}
