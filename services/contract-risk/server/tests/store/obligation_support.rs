//! Obligations and contracts to keep in a store.

use contract_risk_domain::{
    Contract, ContractState, Draft, DutyDraft, ExternalRef, Obligation, ObligationKind, Proof, ProofDraft, RawMoney,
};
use contract_risk_server::ports::{ContractWrite, ObligationInserted, ObligationTx};
use tributary_core::{Date, ResourceId, TenantId, Timestamp};

use crate::support::Opened;

/// When everything happens.
pub const NOW: Timestamp = Timestamp(1_000_001);

pub fn day(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

pub fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

/// A contract of a partner in a state, from 2026-01-01 to a day.
pub fn contract_until(contract: &str, partner: &str, to: Option<&str>, state: ContractState) -> Contract {
    let draft = Draft {
        partner: format!("partners/{partner}"),
        title: "Dealer agreement".to_owned(),
        effective_from: Some((2026, 1, 1)),
        effective_to: to.map(|to| day(to).ymd()),
        ..Draft::default()
    };
    let terms = draft.check().expect("a good draft");
    Contract { state, ..Contract::new(id(contract), format!("uid-{contract}"), terms, "author", NOW) }
}

/// A milestone of a contract.
pub fn milestone(contract: &str, partner: &str, name: &str, due_on: &str) -> Obligation {
    let draft = DutyDraft {
        kind: Some(ObligationKind::Milestone),
        title: format!("开业 {name}"),
        due_on: Some(day(due_on).ymd()),
        owner: "li.wei".to_owned(),
        ..DutyDraft::default()
    };
    let duty = draft.check().expect("a good draft");
    Obligation::new(id(contract), id(partner), id(name), format!("uid-{name}"), duty, NOW)
}

/// The same with a key in another system.
pub fn with_ref(mut obligation: Obligation, system: &str, key: &str) -> Obligation {
    obligation.duty.external_ref = Some(ExternalRef { system: system.to_owned(), id: key.to_owned() });
    obligation
}

/// With a proof of a day.
pub fn filed(obligation: &Obligation, on: &str) -> Obligation {
    obligation.with_proof(proof(obligation, on, None), NOW).expect("filed")
}

/// Filed and accepted.
pub fn accepted(obligation: &Obligation, on: &str) -> Obligation {
    filed(obligation, on).accepted("checker", NOW).expect("accepted")
}

/// An amount of CNY.
pub fn yuan(units: i64) -> RawMoney {
    RawMoney { currency_code: "CNY".to_owned(), units, nanos: 0 }
}

/// A proof that `maker` files; of an amount in yuan where something is paid.
pub fn proof(obligation: &Obligation, on: &str, paid: Option<i64>) -> Proof {
    let draft = ProofDraft {
        title: "photo".to_owned(),
        fulfilled_on: Some(day(on).ymd()),
        amount: paid.map(yuan),
        ..ProofDraft::default()
    };
    draft.check(&obligation.duty, "maker", NOW, day(on)).expect("a good proof")
}

impl Opened {
    pub async fn begin_obligations(&self) -> Box<dyn ObligationTx> {
        self.open.obligations.begin_obligations().await.expect("begin")
    }

    pub async fn keep_contract(&self, tenant: &TenantId, contract: &Contract) {
        let mut tx = self.open.store.begin().await.expect("begin");
        let write = ContractWrite { before: None, after: contract.clone() };
        tx.write_contracts(tenant, &[write]).await.expect("written");
        tx.commit().await.expect("commit");
    }

    /// Inserts in a transaction of its own.
    pub async fn keep(&self, tenant: &TenantId, obligation: &Obligation) -> ObligationInserted {
        let mut tx = self.begin_obligations().await;
        let inserted = tx.insert_obligation(tenant, obligation).await.expect("insert");
        tx.commit().await.expect("commit");
        inserted
    }

    /// Writes what became of an obligation in a transaction of its own.
    pub async fn rewrite(&self, tenant: &TenantId, read_at: i64, obligation: &Obligation) {
        let mut tx = self.begin_obligations().await;
        tx.update_obligation(tenant, read_at, obligation).await.expect("updated");
        tx.commit().await.expect("commit");
    }
}
