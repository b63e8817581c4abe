//! The reasons with which analytics says no: its part of the error catalogue.

tributary_core::reasons! {
    AMOUNT_OVERFLOW: FailedPrecondition = "a sum has more units of its currency than the 64 bits of an answer hold; ask for fewer months or more dimensions";
}
