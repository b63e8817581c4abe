"""Close a month and pay it: publish a plan, calculate finally, lock, settle, approve, export to the ERP, confirm the payment."""

import csv
import io
import uuid
from datetime import date
from decimal import Decimal

from google.protobuf.json_format import ParseDict

from tributary_client import Client, common, from_decimal, from_money, gateway, incentive, partner, to_date, to_money

# Sales, what came back, and corrections of either sign.
KINDS = ["FACT_KIND_SELL_IN", "FACT_KIND_RETURN", "FACT_KIND_ADJUSTMENT"]


def publish(maker: Client, checker: Client, name: str) -> None:
    """A programme, and a plan in it: three per cent of what the partner bought. Whoever writes a plan does not approve it."""
    maker.plan.create_programme(
        incentive.CreateProgrammeRequest(
            programme_id=name,
            programme=incentive.Programme(display_name="Dealers", slots=[incentive.Slot(id="rebate")]),
        )
    )
    plan = {
        "title": "Three per cent",
        "assignments": [{"partner": f"partners/{name}"}],
        "rules": [
            {
                "id": "rebate",
                "title": "Rebate",
                "measure": {"field": "MEASURE_FIELD_NET", "kinds": KINDS},
                "negativeMeasure": "NEGATIVE_MEASURE_SIGNED",
                "marginal": {"table": {"tiers": [{"from": {"value": "0"}, "rate": {"value": "0.03"}}]}},
            }
        ],
    }
    version = maker.plan.create_plan_version(
        incentive.CreatePlanVersionRequest(
            plan=f"plans/{name}",
            programme=f"programmes/{name}",
            slot="rebate",
            spec=ParseDict(plan, incentive.PlanSpec()),
        )
    )
    for decide in (checker.plan.approve_plan_version, checker.plan.activate_plan_version):
        version = decide(incentive.ChangePlanVersionStateRequest(name=version.name, etag=version.etag))


def close(maker: Client, checker: Client, programme: str, month: str) -> str:
    """The month, calculated by one and locked by the other; gives its name."""
    asked = incentive.CalculateRequest(
        programme=programme, period=month, mode=incentive.RUN_MODE_FINAL, request_id=f"{programme} {month}"
    )
    run = maker.wait(maker.run.calculate(asked), incentive.Run)
    name = f"{programme}/periods/{month}"
    period = maker.closing.get_period(incentive.GetPeriodRequest(name=name))
    checker.closing.lock_period(incentive.LockPeriodRequest(name=name, run=run.name, etag=period.etag))
    return name


def settle(maker: Client, checker: Client, period: str) -> incentive.SettlementBatch:
    """Its settlements, from the draft to the lock; gives what is payable."""
    asked = incentive.SettlePeriodRequest(name=period, terms=incentive.SettlementTerms())
    batch = maker.wait(maker.settlement.settle_period(asked), incentive.SettlementBatch)
    for client, step in (
        (maker, incentive.SETTLEMENT_ADVANCE_SUBMIT),
        (checker, incentive.SETTLEMENT_ADVANCE_APPROVE),
        (maker, incentive.SETTLEMENT_ADVANCE_LOCK),
    ):
        advance = incentive.AdvanceSettlementsRequest(name=period, step=step)
        done = client.wait(client.settlement.advance_settlements(advance), incentive.SettlementBatch)
        assert (done.done_count, done.refused_count) == (1, 0), done
    return batch


def another_subject(client: Client, name: str) -> Client:
    """A client for somebody else."""
    key = client.api_key.create_api_key(gateway.CreateApiKeyRequest(subject=name, roles=[common.ROLE_ADMIN]))
    return Client.from_environment(api_key=key.secret)


def main() -> None:
    name = f"settle-{uuid.uuid4().hex[:8]}"
    with Client.from_environment() as maker, another_subject(maker, f"checker-{name}") as checker:
        maker.partner.create_partner(
            partner.CreatePartnerRequest(
                partner_id=name,
                partner=partner.Partner(display_name="Huabei Trading", kind=partner.PARTNER_KIND_DEALER),
                initial_status=partner.PARTNER_STATUS_ACTIVE,
            )
        )
        sale = incentive.SalesFact(
            source_system="erp",
            source_id=f"{name}/1",
            partner=f"partners/{name}",
            kind=incentive.FACT_KIND_SELL_IN,
            occurred_on=to_date(date(2012, 8, 10)),
            net=to_money("1234.56", "CNY"),
        )
        maker.fact.record_fact(incentive.RecordFactRequest(fact=sale))
        publish(maker, checker, name)
        period = close(maker, checker, f"programmes/{name}", "2012-08")
        payable = settle(maker, checker, period).payable[0]
        assert from_money(payable) == Decimal("37.04")  # 1,234.56 × 0.03 = 37.0368

        # To the ERP, and back from it. The id of the export makes it safe to repeat for ever.
        export = maker.settlement.export_payables(incentive.ExportPayablesRequest(period=period, payable_export_id=f"{name}-1"))
        (row,) = csv.DictReader(io.StringIO(export.csv, newline=""))
        assert (row["amount"], row["currency"]) == ("37.04", "CNY"), row
        paid = incentive.PaymentConfirmation(
            settlement=row["settlement"],
            export=export.name,
            outcome=incentive.PAYMENT_OUTCOME_PAID,
            reference="1500000047",
            paid_on=to_date(date(2012, 9, 15)),
        )
        told = maker.settlement.confirm_payments(incentive.ConfirmPaymentsRequest(confirmations=[paid]))
        assert told.results[0].accepted

        settlement = maker.settlement.get_settlement(incentive.GetSettlementRequest(name=row["settlement"]))
        assert settlement.state == incentive.SETTLEMENT_STATE_PAID
        account = maker.ledger.get_ledger_account(
            incentive.GetLedgerAccountRequest(name=f"ledgerAccounts/partner.{name}.paid.CNY")
        )
        assert from_decimal(account.balance) == Decimal("37.04")
        print(f"{settlement.name}: {from_money(settlement.payable)} CNY paid, reference {paid.reference}")


if __name__ == "__main__":
    main()
