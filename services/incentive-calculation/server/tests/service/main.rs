//! The service through its generated clients, layers and workers included, fed by a bus and a stand-in for
//! partner-registry, on every engine. Amounts are computed by hand, digests by Python's hashlib.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop at the first surprise"
)]

mod accruals;
mod as_known;
mod assignments;
mod calendars;
mod carried;
mod closing;
mod corrections;
mod cut;
mod deposits;
mod description;
mod evidence;
mod explanation;
mod figures;
mod fund_changes;
mod fund_claims;
mod funds;
mod histories;
mod ingest;
mod inputs;
mod ledger;
mod ledger_together;
mod line_facts;
mod operations;
mod orders;
mod own_rows;
mod paging;
mod parallel_run;
mod personal;
mod plan_life;
mod plan_versions;
mod price_lists;
mod prices;
mod read_through;
mod request_ids;
mod resumed;
mod runs;
mod sealed;
mod settlement_accruals;
mod settlement_cut;
mod settlement_forms;
mod settlement_races;
mod settlement_review;
mod settlements;
mod simulations;
mod stream;
mod support;
mod tenants;
mod true_ups;
