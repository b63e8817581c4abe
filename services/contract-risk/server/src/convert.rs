//! Between the protobuf messages and the domain.

use contract_risk_domain::{Contract, ContractState, Draft, ExternalRef};
use tributary_proto::{
    google::r#type::Date,
    tributary::{common::v1 as common, contract::v1 as pb},
};
use tributary_rpc::convert::{date_to_proto, timestamp_to_proto};

/// Reads what a caller says of a contract; fields that the server sets are passed over.
pub fn draft(contract: pb::Contract) -> Draft {
    let parts = |d: Date| (d.year, d.month, d.day);
    let refs = contract.external_refs.into_iter();
    Draft {
        partner: contract.partner,
        title: contract.title,
        effective_from: contract.effective_from.map(parts),
        effective_to: contract.effective_to.map(parts),
        external_refs: refs.map(|r| ExternalRef { system: r.system, id: r.id }).collect(),
    }
}

/// Writes a contract.
pub fn contract_to_proto(contract: &Contract) -> pb::Contract {
    let terms = &contract.terms;
    let refs = terms.external_refs.iter();
    pb::Contract {
        name: contract.name(),
        uid: contract.uid.clone(),
        partner: format!("partners/{}", terms.partner),
        title: terms.title.clone(),
        effective_from: Some(date_to_proto(terms.effective_from)),
        effective_to: terms.effective_to.map(date_to_proto),
        external_refs: refs.map(|r| common::ExternalRef { system: r.system.clone(), id: r.id.clone() }).collect(),
        state: match contract.state {
            ContractState::Draft => pb::ContractState::Draft.into(),
        },
        create_time: Some(timestamp_to_proto(contract.create_time)),
        etag: contract.etag(),
    }
}
