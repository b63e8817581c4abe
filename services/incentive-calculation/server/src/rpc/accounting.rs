//! `ExportAccounting`: pages that keep to the entry of the journal at which the first one ended.

use std::collections::BTreeSet;

use tributary_core::{Fault, RequestContext, Violations};
use tributary_proto::{
    google::r#type::Decimal,
    tributary::incentive::v1::{AccountMapping, AccountingEntry, ExportAccountingRequest, ExportAccountingResponse},
};
use tributary_rpc::{
    convert::{date, date_to_proto},
    page,
};

use crate::{
    app::{
        App,
        ledger::Scales,
        settlements::{AccountingQuery, GlAccount, GlEntry},
    },
    convert::ledger::purpose,
};
use incentive_calculation_domain::ledger::commodity::text;

/// Answers a page.
pub(super) async fn export(
    app: &App,
    caller: &RequestContext,
    query: ExportAccountingRequest,
) -> Result<ExportAccountingResponse, Fault> {
    let asked = ExportAccountingRequest { page_token: String::new(), page_size: 0, ..query.clone() };
    let shape = hex::encode(prost::Message::encode_to_vec(&asked));
    let parts = ["ExportAccounting", shape.as_str()];
    let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let cursor = page.cursor.as_deref().and_then(|cursor| cursor.split_once('/'));
    let cursor = cursor.and_then(|(after, through)| Some((after.parse().ok()?, through.parse().ok()?)));
    let (after, through): (i64, i64) = match (cursor, query.through_entry) {
        (Some(cursor), _) => cursor,
        // An entry that is not there yet would let the same call give more later.
        (None, through) => match (through, app.journal_end(caller).await?) {
            (0, end) => (0, end),
            (through, end) => (0, through.min(end)),
        },
    };
    let mut violations = Violations::new();
    let from = violations.check("from", query.from.as_ref().ok_or_else(|| "is missing".to_owned()).and_then(date));
    let to = violations.check("to", query.to.as_ref().ok_or_else(|| "is missing".to_owned()).and_then(date));
    let accounts = query.mappings.into_iter().filter_map(account).collect();
    violations.into_result()?;
    let (Some(from), Some(to)) = (from, to) else { return Err(Fault::internal("days without violations are missing")) };
    let limit = usize::try_from(page.size).unwrap_or(usize::MAX);
    let found = app.accounting(caller, &AccountingQuery { from, to, accounts, through, after, limit }).await?;
    let codes: BTreeSet<String> = found.entries.iter().map(|entry| entry.commodity.clone()).collect();
    let scales = app.scales(&caller.tenant, codes).await?;
    Ok(ExportAccountingResponse {
        entries: found.entries.into_iter().map(|entry| entry_to_proto(entry, &scales)).collect(),
        next_page_token: found.next.map(|next| page::seal(&parts, &format!("{next}/{through}"))).unwrap_or_default(),
        through_entry: through,
    })
}

fn account(mapping: AccountMapping) -> Option<GlAccount> {
    let purpose = purpose(mapping.purpose())?;
    Some(GlAccount { purpose, commodity: mapping.commodity, account: mapping.account })
}

fn entry_to_proto(entry: GlEntry, scales: &Scales) -> AccountingEntry {
    AccountingEntry {
        entry: entry.entry,
        posting: entry.posting,
        date: Some(date_to_proto(entry.date)),
        debit_account: entry.debit_account,
        credit_account: entry.credit_account,
        amount: Some(Decimal { value: text(entry.amount, scales.of(&entry.commodity)) }),
        commodity: entry.commodity,
        partner: if entry.partner.is_empty() { String::new() } else { format!("partners/{}", entry.partner) },
        transaction: entry.transaction,
        cause: entry.cause,
    }
}
