//! The reasons with which analytics says no: its part of the error catalogue.

tributary_core::reasons! {
    AMOUNT_OVERFLOW: FailedPrecondition = "a sum is too large for 64 bits at the scale of facts; ask for fewer months or more dimensions";
}
