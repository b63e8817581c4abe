"""Record what a partner sold, try a plan on it, read the statement and why it says what it says."""

import uuid
from datetime import date
from decimal import Decimal

from google.protobuf.json_format import ParseDict

from tributary_client import Client, from_decimal, from_money, incentive, partner, to_date, to_money

name = f"calc-{uuid.uuid4().hex[:8]}"
# Invoices of July in CNY: 1,600,000.00 together.
SALES = [(date(2031, 7, 3), "640000.25"), (date(2031, 7, 17), "959999.75")]

with Client.from_environment() as client:
    client.partner.create_partner(
        partner.CreatePartnerRequest(
            partner_id=name,
            partner=partner.Partner(display_name="Huadong Trading", kind=partner.PARTNER_KIND_DEALER),
            initial_status=partner.PARTNER_STATUS_ACTIVE,
        )
    )
    facts = [
        incentive.SalesFact(
            source_system="erp",
            source_id=f"{name}/{line}",
            partner=f"partners/{name}",
            kind=incentive.FACT_KIND_SELL_IN,
            occurred_on=to_date(day),
            net=to_money(net, "CNY"),
        )
        for line, (day, net) in enumerate(SALES)
    ]
    recorded = client.fact.batch_record_facts(incentive.BatchRecordFactsRequest(facts=facts))
    assert (recorded.recorded_count, recorded.refused_count) == (2, 0)
    # What was sent before is a duplicate and counts once.
    assert client.fact.batch_record_facts(incentive.BatchRecordFactsRequest(facts=facts)).duplicate_count == 2

    # A plan is a document. 15 % up to a million, 20 % of what exceeds it.
    tiers = [
        {"from": {"value": "0"}, "rate": {"value": "0.15"}},
        {"from": {"value": "1000000"}, "rate": {"value": "0.20"}},
    ]
    plan = {
        "title": "Rebate on purchases",
        "assignments": [{"partner": f"partners/{name}"}],
        "rules": [
            {
                "id": "rebate",
                "title": "Rebate",
                "measure": {"field": "MEASURE_FIELD_NET", "kinds": ["FACT_KIND_SELL_IN"]},
                "negativeMeasure": "NEGATIVE_MEASURE_SIGNED",
                "marginal": {"table": {"tiers": tiers}},
            }
        ],
    }
    asked = incentive.CalculateRequest(plan=ParseDict(plan, incentive.PlanSpec()), period="2031-07")
    run = client.wait(client.run.calculate(asked), incentive.Run)

    (statement,) = client.run.iter_statements(incentive.ListStatementsRequest(run=run.name, partner=f"partners/{name}"))
    (line,) = statement.lines
    assert from_decimal(line.measure) == 1_600_000
    # 0.15 × 1,000,000 + 0.20 × 600,000
    assert from_money(statement.total) == Decimal("270000.00")

    explained = client.run.explain_line(incentive.ExplainLineRequest(name=line.name))
    slices = [(from_decimal(part.amount_in_slice), from_decimal(part.rate)) for part in explained.trace.slices]
    assert slices == [(Decimal(1_000_000), Decimal("0.15")), (Decimal(600_000), Decimal("0.2"))]
    print("\n".join(explained.sentences))
