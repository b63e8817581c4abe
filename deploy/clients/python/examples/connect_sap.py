"""SAP: items of billing documents become facts, payables become postings in FI, cleared items become confirmed payments.

The records have the fields of API_BILLING_DOCUMENT_SRV (items with those of their header), BAPI_ACC_DOCUMENT_POST and
API_JOURNALENTRYITEMBASIC_SRV. They are made up.
"""

import json
import os
import re
import urllib.request
import uuid
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from google.protobuf.json_format import MessageToDict
from settle import another_subject, close, publish, settle

from tributary_client import (
    Client,
    TributaryError,
    common,
    from_date,
    from_money,
    incentive,
    partner,
    to_date,
    to_decimal,
    to_money,
)

# The two numbers under which SAP knows a partner: as who buys, and as who is paid.
SYSTEM, PAYEES = "sap", "sap-vendor"
RUN = uuid.uuid4().int % 10**7
CUSTOMER, VENDOR, NAME = f"{RUN:010}", f"3{RUN:09}", f"sap-{RUN}"
INVOICE, RETURN, WRONG, CANCELLED = (f"9{kind}{RUN:08}" for kind in range(4))

BUSINESS_PARTNERS = [
    {"Customer": CUSTOMER, "Supplier": VENDOR, "BusinessPartnerFullName": "Sample Cycles Ltd.", "Country": "CN", "Region": "GD"},
]


def item(document: str, number: str, kind: str, net: str, reference: str = "") -> dict[str, str]:
    """An item as OData gives it: decimals are text, days are milliseconds, and credits are not negative."""
    return {
        "BillingDocument": document,
        "BillingDocumentItem": number,
        "BillingDocumentType": kind,
        "BillingDocumentDate": "/Date(1344556800000)/",
        "SoldToParty": CUSTOMER,
        "SalesDocument": f"45{RUN:08}",
        "Material": "BIKE-29",
        "BillingQuantity": "2.000",
        "NetAmount": net,
        "TransactionCurrency": "CNY",
        "ReferenceSDDocument": reference,
        "ReferenceSDDocumentItem": number if reference else "",
    }


BILLING_ITEMS = [
    item(INVOICE, "000010", "F2", "1000.00"),
    item(INVOICE, "000020", "F2", "500.00"),
    item(RETURN, "000010", "RE", "200.00", reference=INVOICE),
    item(WRONG, "000010", "F2", "250.00"),
    item(CANCELLED, "000010", "S1", "250.00", reference=WRONG),
]

# Type of the billing document → kind of the fact, sign.
KINDS = {
    "F2": (incentive.FACT_KIND_SELL_IN, 1),  # invoice
    "RE": (incentive.FACT_KIND_RETURN, -1),  # credit for returns
    "G2": (incentive.FACT_KIND_ADJUSTMENT, -1),  # credit memo
    "L2": (incentive.FACT_KIND_ADJUSTMENT, 1),  # debit memo
    "S1": (incentive.FACT_KIND_ADJUSTMENT, -1),  # cancelled invoice
}


def day(odata: str) -> date:
    """/Date(1344556800000)/ → 2012-08-10."""
    found = re.fullmatch(r"/Date\((-?\d+)\)/", odata)
    assert found, odata
    return datetime.fromtimestamp(int(found[1]) / 1000, timezone.utc).date()


def upsert_of(bp: dict[str, str]) -> partner.PartnerUpsert:
    """A business partner; found again by its customer number."""
    return partner.PartnerUpsert(
        partner_id=NAME,
        initial_status=partner.PARTNER_STATUS_ACTIVE,
        partner=partner.Partner(
            display_name=bp["BusinessPartnerFullName"],
            kind=partner.PARTNER_KIND_DEALER,
            region=f"{bp['Country']}/{bp['Region']}",
            external_refs=[
                common.ExternalRef(system=SYSTEM, id=bp["Customer"]),
                common.ExternalRef(system=PAYEES, id=bp["Supplier"]),
            ],
        ),
    )


def source_id(document: str, number: str) -> str:
    return f"{document}/{number}" if document else ""


def fact_of(row: dict[str, str]) -> incentive.SalesFact:
    """An item; its number in SAP makes it the same fact however often it is sent."""
    kind, sign = KINDS[row["BillingDocumentType"]]
    return incentive.SalesFact(
        source_system=SYSTEM,
        source_id=source_id(row["BillingDocument"], row["BillingDocumentItem"]),
        partner_external_ref=common.ExternalRef(system=SYSTEM, id=row["SoldToParty"]),
        kind=kind,
        occurred_on=to_date(day(row["BillingDocumentDate"])),
        order_id=row["SalesDocument"],
        sku=row["Material"],
        quantity=to_decimal(sign * Decimal(row["BillingQuantity"])),
        net=to_money(sign * Decimal(row["NetAmount"]), row["TransactionCurrency"]),
        original_source_id=source_id(row["ReferenceSDDocument"], row["ReferenceSDDocumentItem"]),
    )


def post(path: str, body: Any) -> Any:
    """The same by JSON, as SAP Integration Suite or ABAP (cl_http_client) would call it."""
    headers = {"authorization": f"Bearer {os.environ['TRIBUTARY_API_KEY']}", "content-type": "application/json"}
    endpoint = os.environ["TRIBUTARY_ENDPOINT"]
    endpoint = endpoint if "://" in endpoint else f"http://{endpoint}"
    request = urllib.request.Request(f"{endpoint}/v1/{path}", data=json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def reasons(answer: incentive.BatchRecordFactsResponse) -> set[str]:
    """Why rows were refused."""
    return {TributaryError.of_status(row.error).reason for row in answer.results if row.HasField("error")}


def fi_document(payable: incentive.Payable) -> dict[str, Any]:
    """A vendor invoice for BAPI_ACC_DOCUMENT_POST. The settlement's id goes into the text of the item: it comes back cleared."""
    vendor = dict(ref.split(":", 1) for ref in payable.partner_external_refs)[PAYEES]
    amount, currency = from_money(payable.amount), payable.amount.currency_code
    return {
        "DOCUMENTHEADER": {"BUS_ACT": "RFBU", "COMP_CODE": "1000", "DOC_TYPE": "KR", "REF_DOC_NO": "TRIBUTARY"},
        "ACCOUNTPAYABLE": [{"ITEMNO_ACC": 1, "VENDOR_NO": vendor, "ITEM_TEXT": payable.settlement.removeprefix("settlements/")}],
        "ACCOUNTGL": [{"ITEMNO_ACC": 2, "GL_ACCOUNT": "0022410100"}],
        "CURRENCYAMOUNT": [
            {"ITEMNO_ACC": 1, "CURRENCY": currency, "AMT_DOCCUR": str(-amount)},
            {"ITEMNO_ACC": 2, "CURRENCY": currency, "AMT_DOCCUR": str(amount)},
        ],
    }


def confirmation_of(cleared: dict[str, str], export: str) -> incentive.PaymentConfirmation:
    """A cleared item of the vendor account."""
    return incentive.PaymentConfirmation(
        settlement=f"settlements/{cleared['DocumentItemText']}",
        export=export,
        outcome=incentive.PAYMENT_OUTCOME_PAID,
        reference=cleared["ClearingJournalEntry"],
        paid_on=to_date(day(cleared["ClearingDate"])),
    )


def main() -> None:
    facts = [fact_of(row) for row in BILLING_ITEMS]
    batch = incentive.BatchRecordFactsRequest(facts=facts)
    with Client.from_environment() as client, another_subject(client, f"checker-{NAME}") as checker:
        # Invoices came before their customer: each row says why it was refused, and is sent again later.
        assert reasons(client.fact.batch_record_facts(batch)) == {"PARTNER_UNKNOWN"}
        upserts = partner.BatchUpsertPartnersRequest(items=[upsert_of(bp) for bp in BUSINESS_PARTNERS])
        assert client.partner.batch_upsert_partners(upserts).results[0].outcome == partner.UPSERT_OUTCOME_CREATED

        # The first invoice by JSON, then everything by the client: what was there is a duplicate.
        by_json = post("facts:batchRecord", {"facts": [MessageToDict(fact) for fact in facts[:2]]})
        assert by_json["recordedCount"] == 2, by_json
        answer = client.fact.batch_record_facts(batch)
        assert (answer.recorded_count, answer.duplicate_count, answer.refused_count) == (3, 2, 0)

        # A fact never changes. 480.00 instead of 500.00: the difference is another fact, with an id of its own.
        corrected = fact_of({**BILLING_ITEMS[1], "NetAmount": "480.00"})
        assert reasons(client.fact.batch_record_facts(incentive.BatchRecordFactsRequest(facts=[corrected]))) == {
            "FACT_CONTENT_DIFFERS"
        }
        difference = incentive.SalesFact(
            source_system=SYSTEM,
            source_id=f"{corrected.source_id}#1",
            original_source_id=corrected.source_id,
            partner_external_ref=corrected.partner_external_ref,
            kind=incentive.FACT_KIND_ADJUSTMENT,
            occurred_on=corrected.occurred_on,
            net=to_money(from_money(corrected.net) - Decimal("500.00"), "CNY"),
        )
        client.fact.record_fact(incentive.RecordFactRequest(fact=difference))

        # Three per cent of 1,000 + 500 − 200 + 250 − 250 − 20 = 1,280.00.
        publish(client, checker, NAME)
        period = close(client, checker, f"programmes/{NAME}", "2012-08")
        settle(client, checker, period)
        export = client.settlement.export_payables(incentive.ExportPayablesRequest(period=period, payable_export_id=f"{NAME}-1"))
        posted = [fi_document(payable) for payable in export.payables]
        assert [amount["AMT_DOCCUR"] for amount in posted[0]["CURRENCYAMOUNT"]] == ["-38.4", "38.4"]
        assert posted[0]["ACCOUNTPAYABLE"][0]["VENDOR_NO"] == VENDOR

        # The payment run has cleared it.
        cleared = {
            "DocumentItemText": posted[0]["ACCOUNTPAYABLE"][0]["ITEM_TEXT"],
            "ClearingJournalEntry": "2000000815",
            "ClearingDate": "/Date(1347667200000)/",
        }
        confirmed = incentive.ConfirmPaymentsRequest(confirmations=[confirmation_of(cleared, export.name)])
        assert client.settlement.confirm_payments(confirmed).results[0].accepted
        assert client.settlement.confirm_payments(confirmed).results[0].repeated
        paid = client.settlement.get_settlement(incentive.GetSettlementRequest(name=export.payables[0].settlement))
        assert paid.state == incentive.SETTLEMENT_STATE_PAID
        print(f"{len(facts) + 1} facts of customer {CUSTOMER}; 38.40 CNY paid on {from_date(confirmed.confirmations[0].paid_on)}")


if __name__ == "__main__":
    main()
