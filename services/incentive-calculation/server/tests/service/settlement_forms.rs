//! Forms of settlement, and the ledger as entries of the general ledger. Amounts are computed by hand.

use tributary_proto::tributary::incentive::v1::{
    AccountMapping, AccountPurpose, ExportAccountingRequest, PaymentConfirmation, PaymentOutcome, SettlementForm,
    SettlementState,
};

use crate::{
    settlements::{confirmation, export, prepare, taxed},
    support::{World, answer, day, decimal, fang, reason, refused, worlds},
};

#[tokio::test]
async fn other_forms_credit_accounts_or_name_their_red_letter_invoice() {
    for world in worlds().await {
        prepare(&world).await;
        world.locked(taxed(SettlementForm::RebateAccount, 0)).await;
        let anqing = world.settlement_of("anqing").await;
        assert_eq!(anqing.state(), SettlementState::Paid, "nobody has to pay it");
        assert_eq!(world.booked("partner.anqing.rebate").await, "100.00");
        assert_eq!(world.booked("partner.chen.rebate").await, "260.00");
        let nothing = reason(world.settlements().export_payables(fang().ask(export("a"))).await);
        assert_eq!(nothing, "NOTHING_TO_EXPORT");
    }
    for world in worlds().await {
        prepare(&world).await;
        world.locked(taxed(SettlementForm::InvoiceDiscount, 0)).await;
        let made = answer(world.settlements().export_payables(fang().ask(export("a"))).await).expect("exported");
        assert_eq!(made.payables.len(), 3);
        let anqing = world.settlement_of("anqing").await;
        let paid = confirmation(&anqing, "a", PaymentOutcome::Paid);
        assert_eq!(world.paid(paid.clone()).await.reason, "RED_LETTER_INVOICE_MISSING");
        let named = PaymentConfirmation { red_letter_invoice: "RL-17".to_owned(), ..paid };
        assert_eq!(world.paid(named).await.state(), SettlementState::Paid);
        assert_eq!(world.settlement_of("anqing").await.payments[0].red_letter_invoice, "RL-17");
        accounting(&world).await;
    }
}

/// The ledger as entries of the general ledger: three accruals in August, five postings of locking and one payment.
async fn accounting(world: &World) {
    let mapping = |purpose: AccountPurpose, account: &str| AccountMapping {
        purpose: purpose.into(),
        commodity: String::new(),
        account: account.to_owned(),
    };
    let mut mappings = vec![mapping(AccountPurpose::Expense, "6001"), mapping(AccountPurpose::Accrued, "2241.01")];
    let asked = |mappings: &[AccountMapping], from: &str, to: &str, page_token: String| ExportAccountingRequest {
        from: day(from),
        to: day(to),
        mappings: mappings.to_vec(),
        page_size: 2,
        page_token,
        ..ExportAccountingRequest::default()
    };
    let mut client = world.settlements();
    let why = refused(
        client.export_accounting(fang().ask(asked(&mappings, "2012-10-01", "2012-11-01", String::new()))).await,
    );
    assert!(why.violations.iter().any(|v| v.description.contains("payable in CNY")), "{:?}", why.violations);
    mappings.push(mapping(AccountPurpose::Payable, "2241.02"));
    mappings.push(mapping(AccountPurpose::Paid, "2241.03"));
    mappings.push(mapping(AccountPurpose::Tax, "2221"));
    let august = asked(&mappings, "2012-08-01", "2012-09-01", String::new());
    let first = answer(client.export_accounting(fang().ask(august)).await).expect("entries");
    assert_eq!((first.entries.len(), first.next_page_token.is_empty()), (2, false));
    let rest = asked(&mappings, "2012-08-01", "2012-09-01", first.next_page_token);
    let rest = answer(client.export_accounting(fang().ask(rest)).await).expect("entries");
    assert_eq!((rest.entries.len(), rest.next_page_token.as_str()), (1, ""));
    let entry = &first.entries[0];
    assert_eq!((entry.debit_account.as_str(), entry.credit_account.as_str()), ("6001", "2241.01"));
    assert_eq!((entry.date, entry.amount.clone()), (day("2012-08-31"), decimal("100.00")));
    assert_eq!(entry.partner, "partners/anqing");
    let october =
        ExportAccountingRequest { page_size: 100, ..asked(&mappings, "2012-10-01", "2012-11-01", String::new()) };
    let october = answer(client.export_accounting(fang().ask(october)).await).expect("entries").entries;
    let paid = |account: &str| october.iter().filter(|e| e.credit_account == account).count();
    assert_eq!((paid("2241.02"), paid("2221"), paid("2241.03"), october.len()), (3, 1, 1, 5));
}
