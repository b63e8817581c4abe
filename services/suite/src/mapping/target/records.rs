//! The table of targets without code of their own.

use super::{Key, RecordTarget, Witness, Words};

pub(super) const KEPT: Words = Words { added: "CREATED", updated: Some("UPDATED"), unchanged: "UNCHANGED" };
pub(super) const RECORDED: Words = Words { added: "RECORDED", updated: None, unchanged: "DUPLICATE" };

/// Every target without code of its own. One is offered as soon as the API of this build has its message.
pub(super) static RECORDS: &[RecordTarget] = &[
    RecordTarget {
        name: "contracts",
        message: "tributary.contract.v1.ContractImport",
        service: "tributary.contract.v1.ContractService",
        method: "ImportContracts",
        rows: "contracts",
        results: "results",
        words: KEPT,
        key: Key::Stated("contract.external_refs[0].id"),
        witness: Witness::Get("GetContract"),
        compulsory: &["contract", "contract.external_refs", "contract.external_refs[0]"],
        refusals: &[
            ("EXTERNAL_REF_TAKEN", "contract.external_refs[0].id"),
            ("CONTRACT_EXISTS", "contract.name"),
            ("CONTRACT_NOT_EDITABLE", "contract.external_refs[0].id"),
            ("CONTRACT_LED_HERE", "contract.external_refs[0].id"),
            ("ETAG_MISMATCH", "contract.etag"),
        ],
    },
    RecordTarget {
        name: "obligations",
        message: "tributary.contract.v1.ObligationImport",
        service: "tributary.contract.v1.ObligationService",
        method: "ImportObligations",
        rows: "obligations",
        results: "results",
        words: KEPT,
        key: Key::Stated("obligation.external_ref.id"),
        witness: Witness::Get("GetObligation"),
        compulsory: &["contract_ref", "obligation", "obligation.external_ref"],
        refusals: &[
            ("CONTRACT_NOT_FOUND", "contract_ref"),
            ("CONTRACT_OVER", "contract_ref"),
            ("EXTERNAL_REF_TAKEN", "obligation.external_ref.id"),
            ("OBLIGATION_EXISTS", "obligation.name"),
            ("OBLIGATION_TRANSITION_REFUSED", "obligation.external_ref.id"),
        ],
    },
    RecordTarget {
        name: "journeys",
        message: "tributary.analytics.v1.Journey",
        service: "tributary.analytics.v1.AttributionService",
        method: "RecordJourneys",
        rows: "journeys",
        results: "results",
        words: RECORDED,
        key: Key::Made("journey_id"),
        witness: Witness::Again,
        compulsory: &[],
        refusals: &[("JOURNEY_CONTENT_DIFFERS", "journey_id")],
    },
    RecordTarget {
        name: "touchpoints",
        message: "tributary.analytics.v1.Touchpoint",
        service: "tributary.analytics.v1.IngestService",
        method: "RecordTouchpoints",
        rows: "touchpoints",
        results: "results",
        words: RECORDED,
        key: Key::Made("source_id"),
        witness: Witness::Again,
        compulsory: &[],
        refusals: &[("ROW_CONTENT_DIFFERS", "source_id")],
    },
    RecordTarget {
        name: "costs",
        message: "tributary.analytics.v1.Cost",
        service: "tributary.analytics.v1.IngestService",
        method: "RecordCosts",
        rows: "costs",
        results: "results",
        words: RECORDED,
        key: Key::Made("source_id"),
        witness: Witness::Again,
        compulsory: &[],
        refusals: &[("ROW_CONTENT_DIFFERS", "source_id")],
    },
];
