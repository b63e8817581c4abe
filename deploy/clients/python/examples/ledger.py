"""Post to the ledger and read a balance: accrue, reserve, post a part, and see a limit hold."""

import uuid
from decimal import Decimal

from tributary_client import Client, TributaryError, from_decimal, incentive, partner, to_decimal

name = f"ledger-{uuid.uuid4().hex[:8]}"
EXPENSE, ACCRUED, PAYABLE = (
    f"ledgerAccounts/{account}.CNY" for account in ("house.expense", f"partner.{name}.accrued", f"partner.{name}.payable")
)

with Client.from_environment() as client:
    client.partner.create_partner(
        partner.CreatePartnerRequest(
            partner_id=name,
            partner=partner.Partner(display_name="Xinan Trading", kind=partner.PARTNER_KIND_DEALER),
            initial_status=partner.PARTNER_STATUS_ACTIVE,
        )
    )

    def record(key: str, debit: str, credit: str, amount: str, pending: bool = False) -> incentive.LedgerTransaction:
        posting = incentive.Posting(debit=debit, credit=credit, amount=to_decimal(amount))
        transaction = incentive.LedgerTransaction(cause=f"SAP/{key}", postings=[posting], pending=pending)
        return client.ledger.create_transaction(
            incentive.CreateTransactionRequest(transaction_id=f"{name}.{key}", transaction=transaction)
        )

    def balance(account: str) -> tuple[Decimal, Decimal]:
        found = client.ledger.get_ledger_account(incentive.GetLedgerAccountRequest(name=account))
        return from_decimal(found.balance), from_decimal(found.available)

    record("4711", EXPENSE, ACCRUED, "1000")
    record("4711", EXPENSE, ACCRUED, "1000.00")  # the same again: nothing happens
    reserved = record("4712", ACCRUED, PAYABLE, "800", pending=True)
    assert balance(ACCRUED) == (Decimal(1000), Decimal(200))
    try:
        record("4713", ACCRUED, PAYABLE, "200.01")
    except TributaryError as error:
        assert error.reason == "BALANCE_LIMIT"
    else:
        raise AssertionError("more was taken than there is")

    # 500.50 of the reserved 800 are posted, the rest comes back.
    client.ledger.post_transaction(incentive.PostTransactionRequest(name=reserved.name, amounts=[to_decimal("500.50")]))
    assert balance(ACCRUED) == (Decimal("499.50"), Decimal("499.50"))
    assert balance(PAYABLE) == (Decimal("500.50"), Decimal("500.50"))

    movements = client.ledger.iter_account_movements(incentive.ListAccountMovementsRequest(account=ACCRUED))
    print(f"{ACCRUED}: {len(list(movements))} movements, balance {balance(ACCRUED)[0]} CNY")
