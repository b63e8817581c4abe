//! Contracts.

use contract_risk_domain::{
    Approval, Attachment, Clause, Commitment, Contract, CooperationModel, Deposit, Draft, DraftCommitment,
    DraftDeposit, DraftPayment, DraftRenewal, DraftTarget, ExternalRef, PaymentTerms, RawMoney, Signature,
    SignatureDraft, Target, Terms, Territory, resource_name,
};
use tributary_core::{Date, MinorAmount, Violations};
use tributary_proto::{
    google::r#type as google,
    tributary::{common::v1 as common, contract::v1 as pb},
};
use tributary_rpc::convert::{date, date_to_proto, decimal_to_proto, minor_to_proto, timestamp_to_proto};

/// A day as the caller states it.
pub(crate) fn raw_day(date: google::Date) -> (i32, i32, i32) {
    (date.year, date.month, date.day)
}

pub(super) fn raw_money(money: google::Money) -> RawMoney {
    RawMoney { currency_code: money.currency_code, units: money.units, nanos: money.nanos }
}

/// Reads what a caller says of a contract; fields that the server sets are passed over.
pub(crate) fn draft(contract: pb::Contract) -> Draft {
    let refs = contract.external_refs.into_iter();
    Draft {
        partner: contract.partner,
        title: contract.title,
        effective_from: contract.effective_from.map(raw_day),
        effective_to: contract.effective_to.map(raw_day),
        external_refs: refs.map(|r| ExternalRef { system: r.system, id: r.id }).collect(),
        principal: contract.principal,
        model: contract.model,
        territory: contract.territory.map(|t| Territory {
            regions: t.regions,
            product_lines: t.product_lines,
            exclusive: t.exclusive,
        }),
        commitments: contract.commitments.into_iter().map(commitment).collect(),
        payment: contract.payment.map(|p| DraftPayment {
            currency_code: p.currency_code,
            payment_days: p.payment_days,
            prepayment_rate: p.prepayment_rate.map(|d| d.value),
            list_price_factor: p.list_price_factor.map(|d| d.value),
        }),
        deposit: contract.deposit.map(|d| match d.size {
            None => DraftDeposit::Unsaid,
            Some(pb::deposit_terms::Size::Amount(money)) => DraftDeposit::Amount(raw_money(money)),
            Some(pb::deposit_terms::Size::Rate(rate)) => DraftDeposit::Rate(rate.value),
        }),
        clauses: contract.clauses.into_iter().map(clause).collect(),
        attachments: contract.attachments.into_iter().map(attachment).collect(),
        renewal: contract.renewal.map(|r| DraftRenewal { notice_days: r.notice_days, months: r.months }),
        termination_buffer_months: contract.termination_buffer_months,
        owner: contract.owner,
        labels: contract.labels,
    }
}

fn commitment(c: pb::Commitment) -> DraftCommitment {
    DraftCommitment {
        commitment_id: c.commitment_id,
        kind: c.kind,
        cadence: c.cadence,
        target: c.target.map(|target| match target {
            pb::commitment::Target::Amount(money) => DraftTarget::Amount(raw_money(money)),
            pb::commitment::Target::Quantity(quantity) => DraftTarget::Quantity(quantity.value),
        }),
        product_line: c.product_line,
    }
}

fn clause(c: pb::Clause) -> Clause {
    Clause { clause_id: c.clause_id, title: c.title, text: c.text }
}

fn attachment(a: pb::Attachment) -> Attachment {
    Attachment { title: a.title, sha256: a.sha256, media_type: a.media_type, size_bytes: a.size_bytes, uri: a.uri }
}

/// Reads a signature, whose fields the annotations have checked. Violations stand under the fields of a signature.
pub(crate) fn signature(signature: pb::Signature) -> Result<SignatureDraft, Violations> {
    let mut v = Violations::new();
    let party = contract_risk_domain::Party::from_number(signature.party);
    if party.is_none() {
        v.add("party", format!("{} is not a party; use a value of Party", signature.party));
    }
    let day = signature.signed_on.ok_or_else(|| "is required; state the day it was signed".to_owned());
    let signed_on = v.check("signed_on", day.and_then(|day| date(&day)));
    match (party, signed_on) {
        (Some(party), Some(signed_on)) => Ok(SignatureDraft {
            party,
            signer: signature.signer,
            capacity: signature.capacity,
            signed_on,
            terms_digest: signature.terms_digest,
        }),
        _ => Err(v),
    }
}

/// Writes a contract.
pub(crate) fn contract_to_proto(contract: &Contract) -> pb::Contract {
    let name = |id: &tributary_core::ResourceId| resource_name(id.as_str());
    pb::Contract {
        name: contract.name(),
        uid: contract.uid.clone(),
        state: contract.state.number(),
        create_time: Some(timestamp_to_proto(contract.create_time)),
        etag: contract.etag(),
        update_time: Some(timestamp_to_proto(contract.update_time())),
        revision: number(contract.revision),
        author: contract.author.clone(),
        approval: contract.approval.as_ref().map(approval_to_proto),
        signatures: contract.signatures.iter().map(signature_to_proto).collect(),
        predecessor: contract.predecessor.as_ref().map(name).unwrap_or_default(),
        successor: contract.successor.as_ref().map(name).unwrap_or_default(),
        terminates_on: contract.terminates_on.map(date_to_proto),
        led_elsewhere: contract.led_elsewhere,
        terms_digest: contract.terms.digest(),
        ..terms_to_proto(&contract.terms)
    }
}

/// Writes terms as a contract without the fields that the server sets.
pub(crate) fn terms_to_proto(terms: &Terms) -> pb::Contract {
    let refs = terms.external_refs.iter();
    pb::Contract {
        partner: format!("partners/{}", terms.partner),
        title: terms.title.clone(),
        effective_from: Some(date_to_proto(terms.effective_from)),
        effective_to: terms.effective_to.map(date_to_proto),
        external_refs: refs.map(|r| common::ExternalRef { system: r.system.clone(), id: r.id.clone() }).collect(),
        principal: terms.principal.clone(),
        model: terms.model.map_or(0, CooperationModel::number),
        territory: terms.territory.as_ref().map(|t| pb::Territory {
            regions: t.regions.clone(),
            product_lines: t.product_lines.clone(),
            exclusive: t.exclusive,
        }),
        commitments: terms.commitments.iter().map(commitment_to_proto).collect(),
        payment: terms.payment.as_ref().map(payment_to_proto),
        deposit: terms.deposit.map(|deposit| pb::DepositTerms {
            size: Some(match deposit {
                Deposit::Amount(amount) => pb::deposit_terms::Size::Amount(minor_to_proto(amount)),
                Deposit::Rate(rate) => pb::deposit_terms::Size::Rate(decimal_to_proto(rate)),
            }),
        }),
        clauses: terms.clauses.iter().map(clause_to_proto).collect(),
        attachments: terms.attachments.iter().map(attachment_to_proto).collect(),
        renewal: terms.renewal.map(|renewal| pb::RenewalTerms {
            notice_days: renewal.notice_days.map(signed),
            months: renewal.months.map_or(0, signed),
        }),
        termination_buffer_months: terms.termination_buffer_months.map(signed),
        owner: terms.owner.clone(),
        labels: terms.labels.clone(),
        ..pb::Contract::default()
    }
}

/// Writes a commitment.
pub(crate) fn commitment_to_proto(commitment: &Commitment) -> pb::Commitment {
    let amount = |amount: MinorAmount| pb::commitment::Target::Amount(minor_to_proto(amount));
    pb::Commitment {
        commitment_id: commitment.commitment_id.clone(),
        kind: commitment.kind.number(),
        cadence: commitment.cadence.number(),
        target: Some(match commitment.target {
            Target::Amount(value) => amount(value),
            Target::Quantity(quantity) => pb::commitment::Target::Quantity(decimal_to_proto(quantity)),
        }),
        product_line: commitment.product_line.clone(),
    }
}

fn payment_to_proto(payment: &PaymentTerms) -> pb::PaymentTerms {
    pb::PaymentTerms {
        currency_code: payment.currency.map_or("", |currency| currency.code()).to_owned(),
        payment_days: signed(payment.payment_days),
        prepayment_rate: payment.prepayment_rate.map(decimal_to_proto),
        list_price_factor: payment.list_price_factor.map(decimal_to_proto),
    }
}

fn clause_to_proto(clause: &Clause) -> pb::Clause {
    pb::Clause { clause_id: clause.clause_id.clone(), title: clause.title.clone(), text: clause.text.clone() }
}

fn attachment_to_proto(attachment: &Attachment) -> pb::Attachment {
    pb::Attachment {
        title: attachment.title.clone(),
        sha256: attachment.sha256.clone(),
        media_type: attachment.media_type.clone(),
        size_bytes: attachment.size_bytes,
        uri: attachment.uri.clone(),
    }
}

fn approval_to_proto(approval: &Approval) -> pb::Approval {
    pb::Approval {
        reviewer: approval.reviewer.clone(),
        approve_time: Some(timestamp_to_proto(approval.approve_time)),
        revision: number(approval.revision),
        comment: approval.comment.clone(),
    }
}

fn signature_to_proto(signature: &Signature) -> pb::Signature {
    pb::Signature {
        party: signature.party.number(),
        signer: signature.signer.clone(),
        capacity: signature.capacity.clone(),
        signed_on: Some(date_to_proto(signature.signed_on)),
        terms_digest: signature.terms_digest.clone(),
        recorded_by: signature.recorded_by.clone(),
        record_time: Some(timestamp_to_proto(signature.record_time)),
    }
}

/// A counted number.
pub(super) fn number(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A day that may be unset, read under the name of its field.
pub(crate) fn optional_date(field: &str, day: Option<google::Date>) -> Result<Option<Date>, tributary_core::Fault> {
    day.map(|day| date(&day)).transpose().map_err(|e| tributary_core::Fault::invalid_field(field, e))
}
