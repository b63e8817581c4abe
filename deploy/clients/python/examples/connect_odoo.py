"""Odoo: res.partner becomes partners, posted lines of account.move become facts, sale.order.line says which order they are of.

The records are what `models.execute_kw(db, uid, key, "account.move.line", "search_read", …)` gives: many2one fields are
[id, name] or False, amounts are floats. They are made up.
"""

import uuid
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from google.protobuf.json_format import ParseDict

from tributary_client import Client, common, from_decimal, from_money, incentive, partner, to_date, to_decimal, to_money

SYSTEM = "odoo"
# Ids of records; different in each run of this example.
BASE = uuid.uuid4().int % 10**9
DIGITS = {"CNY": 2, "JPY": 0}

PARTNERS: list[dict[str, Any]] = [
    {
        "id": BASE,
        "name": "Azure Interior",
        "country_code": "CN",
        "state_id": [712, "Guangdong"],
        "write_date": "2031-07-01 08:00:00",
    },
]
MOVES: list[dict[str, Any]] = [
    {"id": BASE + 1, "name": "INV/2031/00077", "move_type": "out_invoice", "reversed_entry_id": False},
    {"id": BASE + 2, "name": "RINV/2031/00009", "move_type": "out_refund", "reversed_entry_id": [BASE + 1, "INV/2031/00077"]},
    {"id": BASE + 3, "name": "/", "move_type": "out_invoice", "reversed_entry_id": False},
]
SALE_LINES: list[dict[str, Any]] = [{"id": BASE + 40, "order_id": [BASE + 4, "S00042"]}]
LINES: list[dict[str, Any]] = [
    {"id": BASE + 11, "move_id": [BASE + 1, "INV/2031/00077"], "parent_state": "posted", "date": "2031-07-05",
     "partner_id": [BASE, "Azure Interior"], "product_id": [3, "[FURN_7777] Office Chair"], "quantity": 5.0,
     "price_subtotal": 350.0, "currency_id": [6, "CNY"], "sale_line_ids": [BASE + 40]},
    {"id": BASE + 12, "move_id": [BASE + 1, "INV/2031/00077"], "parent_state": "posted", "date": "2031-07-05",
     "partner_id": [BASE, "Azure Interior"], "product_id": [4, "[FURN_8888] Desk"], "quantity": 1.0,
     "price_subtotal": 1649.8500000000001, "currency_id": [6, "CNY"], "sale_line_ids": []},
    {"id": BASE + 13, "move_id": [BASE + 2, "RINV/2031/00009"], "parent_state": "posted", "date": "2031-07-19",
     "partner_id": [BASE, "Azure Interior"], "product_id": [3, "[FURN_7777] Office Chair"], "quantity": 1.0,
     "price_subtotal": 70.0, "currency_id": [6, "CNY"], "sale_line_ids": []},
    {"id": BASE + 14, "move_id": [BASE + 3, "/"], "parent_state": "draft", "date": "2031-07-20",
     "partner_id": [BASE, "Azure Interior"], "product_id": False, "quantity": 1.0,
     "price_subtotal": 99.0, "currency_id": [6, "CNY"], "sale_line_ids": []},
]  # fmt: skip


def exact(amount: float, digits: int) -> Decimal:
    """XML-RPC has floats only: what Odoo rounded to the digits of a currency is rounded to them again, and exact from here."""
    return Decimal(repr(amount)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def reference(record_id: int) -> common.ExternalRef:
    return common.ExternalRef(system=SYSTEM, id=f"res.partner,{record_id}")


def upsert_of(record: dict[str, Any]) -> partner.PartnerUpsert:
    region = record["country_code"] + (f"/{record['state_id'][1]}" if record["state_id"] else "")
    return partner.PartnerUpsert(
        partner_id=f"odoo-{record['id']}",
        initial_status=partner.PARTNER_STATUS_ACTIVE,
        partner=partner.Partner(
            display_name=record["name"],
            kind=partner.PARTNER_KIND_RETAILER,
            region=region,
            external_refs=[reference(record["id"])],
        ),
    )


def fact_of(line: dict[str, Any], move: dict[str, Any], orders: dict[int, str]) -> incentive.SalesFact:
    refund = move["move_type"] == "out_refund"
    sign = -1 if refund else 1
    currency = line["currency_id"][1]
    product = line["product_id"][1] if line["product_id"] else ""
    return incentive.SalesFact(
        source_system=SYSTEM,
        source_id=f"account.move.line,{line['id']}",
        partner_external_ref=reference(line["partner_id"][0]),
        kind=incentive.FACT_KIND_RETURN if refund else incentive.FACT_KIND_SELL_IN,
        occurred_on=to_date(date.fromisoformat(line["date"])),
        order_id=next((orders[sale] for sale in line["sale_line_ids"] if sale in orders), move["name"]),
        sku=product.partition("]")[0].removeprefix("["),
        quantity=to_decimal(sign * exact(line["quantity"], 6)),
        net=to_money(sign * exact(line["price_subtotal"], DIGITS[currency]), currency),
    )


def facts_of(lines: list[dict[str, Any]]) -> list[incentive.SalesFact]:
    """Only what is posted: a draft may still change."""
    moves = {move["id"]: move for move in MOVES}
    orders = {sale["id"]: sale["order_id"][1] for sale in SALE_LINES}
    return [fact_of(line, moves[line["move_id"][0]], orders) for line in lines if line["parent_state"] == "posted"]


with Client.from_environment() as client:
    upserts = partner.BatchUpsertPartnersRequest(items=[upsert_of(record) for record in PARTNERS])
    (upserted,) = client.partner.batch_upsert_partners(upserts).results
    assert upserted.outcome == partner.UPSERT_OUTCOME_CREATED
    assert client.partner.batch_upsert_partners(upserts).results[0].outcome == partner.UPSERT_OUTCOME_UNCHANGED

    # Every sync begins a little before the last `write_date` that was seen: what comes twice is a duplicate.
    facts = facts_of(LINES)
    assert client.fact.batch_record_facts(incentive.BatchRecordFactsRequest(facts=facts[:2])).recorded_count == 2
    answer = client.fact.batch_record_facts(incentive.BatchRecordFactsRequest(facts=facts))
    assert (answer.recorded_count, answer.duplicate_count, answer.refused_count) == (1, 2, 0)

    kept = client.fact.get_fact(incentive.GetFactRequest(source_system=SYSTEM, source_id=facts[1].source_id))
    assert (from_money(kept.net), kept.sku, kept.order_id) == (Decimal("1649.85"), "FURN_8888", "INV/2031/00077")

    # A tenth of 350.00 + 1,649.85 − 70.00 = 1,929.85 is 192.985.
    plan = {
        "title": "Ten per cent",
        "assignments": [{"partner": upserted.partner}],
        "rules": [
            {
                "id": "rebate",
                "title": "Rebate",
                "measure": {"field": "MEASURE_FIELD_NET", "kinds": ["FACT_KIND_SELL_IN", "FACT_KIND_RETURN"]},
                "negativeMeasure": "NEGATIVE_MEASURE_SIGNED",
                "marginal": {"table": {"tiers": [{"from": {"value": "0"}, "rate": {"value": "0.1"}}]}},
            }
        ],
    }
    asked = incentive.CalculateRequest(plan=ParseDict(plan, incentive.PlanSpec()), period="2031-07")
    run = client.wait(client.run.calculate(asked), incentive.Run)
    (statement,) = client.run.iter_statements(incentive.ListStatementsRequest(run=run.name, partner=upserted.partner))
    assert from_decimal(statement.lines[0].measure) == Decimal("1929.85")
    assert from_money(statement.total) == Decimal("192.99")
    print(f"{statement.partner_display_name}: {len(facts)} lines, {from_money(statement.total)} CNY")
