"""Close a month and pay it: publish a plan, calculate finally, lock, settle, approve, export to the ERP, confirm the payment."""

import csv
import io
import uuid
from datetime import date
from decimal import Decimal

from google.protobuf.json_format import ParseDict

from tributary_client import (
    Client,
    common,
    connection,
    from_decimal,
    from_money,
    gateway,
    incentive,
    partner,
    to_date,
    to_money,
)

name = f"settle-{uuid.uuid4().hex[:8]}"
MONTH, PERIOD = "2012-08", f"programmes/{name}/periods/2012-08"
endpoint = connection.from_environment()["endpoint"]

with Client.from_environment() as maker:
    # Whoever writes a plan, calculates or submits does not approve: that takes another subject.
    key = maker.api_key.create_api_key(gateway.CreateApiKeyRequest(subject=f"checker-{name}", roles=[common.ROLE_ADMIN]))
    with Client(endpoint, api_key=key.secret) as checker:
        maker.partner.create_partner(
            partner.CreatePartnerRequest(
                partner_id=name,
                partner=partner.Partner(display_name="Huabei Trading", kind=partner.PARTNER_KIND_DEALER),
                initial_status=partner.PARTNER_STATUS_ACTIVE,
            )
        )
        maker.fact.record_fact(
            incentive.RecordFactRequest(
                fact=incentive.SalesFact(
                    source_system="erp",
                    source_id=f"{name}/1",
                    partner=f"partners/{name}",
                    kind=incentive.FACT_KIND_SELL_IN,
                    occurred_on=to_date(date(2012, 8, 10)),
                    net=to_money("1234.56", "CNY"),
                )
            )
        )

        # A programme, and a plan in it: three per cent of what was bought.
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
                    "measure": {"field": "MEASURE_FIELD_NET", "kinds": ["FACT_KIND_SELL_IN"]},
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

        # The month: calculated by one, locked by the other.
        asked = incentive.CalculateRequest(
            programme=f"programmes/{name}", period=MONTH, mode=incentive.RUN_MODE_FINAL, request_id=f"{name} {MONTH}"
        )
        run = maker.wait(maker.run.calculate(asked), incentive.Run)
        period = maker.closing.get_period(incentive.GetPeriodRequest(name=PERIOD))
        checker.closing.lock_period(incentive.LockPeriodRequest(name=PERIOD, run=run.name, etag=period.etag))

        # Its settlements, step by step.
        settle = incentive.SettlePeriodRequest(name=PERIOD, terms=incentive.SettlementTerms())
        batch = maker.wait(maker.settlement.settle_period(settle), incentive.SettlementBatch)
        # 1,234.56 × 0.03 = 37.0368
        assert from_money(batch.payable[0]) == Decimal("37.04")
        for client, step in (
            (maker, incentive.SETTLEMENT_ADVANCE_SUBMIT),
            (checker, incentive.SETTLEMENT_ADVANCE_APPROVE),
            (maker, incentive.SETTLEMENT_ADVANCE_LOCK),
        ):
            advance = incentive.AdvanceSettlementsRequest(name=PERIOD, step=step)
            done = client.wait(client.settlement.advance_settlements(advance), incentive.SettlementBatch)
            assert (done.done_count, done.refused_count) == (1, 0), done

        # To the ERP, and back from it. The id of the export makes it safe to repeat for ever.
        export = maker.settlement.export_payables(incentive.ExportPayablesRequest(period=PERIOD, payable_export_id=f"{name}-1"))
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
        print(f"{settlement.name}: {from_money(settlement.payable)} CNY paid, reference 1500000047")
