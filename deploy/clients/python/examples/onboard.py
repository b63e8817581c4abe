"""Onboard a partner: create it once, admit it, find it by the key of your own system, change a field, hear what is wrong."""

import uuid

from google.protobuf.field_mask_pb2 import FieldMask

from tributary_client import Client, TributaryError, common, partner

erp_key = f"C-{uuid.uuid4().hex[:8]}"

with Client.from_environment() as client:
    # The client gives every call that changes something a request id, so that a retry creates nothing twice. Give one of your
    # own where your process may die in between: then the repeat is yours.
    order = partner.CreatePartnerRequest(
        partner=partner.Partner(
            display_name="广州晨光商贸",
            kind=partner.PARTNER_KIND_DEALER,
            region="CN/GD/Guangzhou",
            external_refs=[common.ExternalRef(system="erp", id=erp_key)],
        ),
        request_id=f"onboard {erp_key}",
    )
    created = client.partner.create_partner(order)
    assert client.partner.create_partner(order).name == created.name

    # Prospect, applicant, admitted, active: each step has its reason, and the etag says on which state you decided.
    for step in (
        client.partner.submit_partner_application,
        client.partner.admit_partner,
        client.partner.activate_partner,
    ):
        decided = partner.ChangePartnerStatusRequest(name=created.name, etag=created.etag, reason="licence verified")
        created = step(decided)
    assert created.status == partner.PARTNER_STATUS_ACTIVE

    found = client.partner.lookup_partner(partner.LookupPartnerRequest(external_ref=common.ExternalRef(system="erp", id=erp_key)))
    assert found == created

    found.region = "CN/GD/Shenzhen"
    changed = client.partner.update_partner(partner.UpdatePartnerRequest(partner=found, update_mask=FieldMask(paths=["region"])))
    assert (changed.region, changed.display_name) == ("CN/GD/Shenzhen", "广州晨光商贸")

    # Everything that is wrong comes at once, by field.
    try:
        client.partner.create_partner(partner.CreatePartnerRequest(partner=partner.Partner(founding_year=-1)))
    except TributaryError as error:
        assert error.reason == "INVALID_REQUEST"
        assert {wrong.field for wrong in error.violations} == {
            "partner.display_name", "partner.kind", "partner.founding_year",
        }  # fmt: skip

    actions = [seen.action for seen in client.partner.iter_partner_revisions(
        partner.ListPartnerRevisionsRequest(name=created.name, page_size=2)
    )]  # fmt: skip
    assert actions == ["UPDATED", "ACTIVATED", "ADMITTED", "APPLICATION_SUBMITTED", "CREATED"], actions
    print(f"{created.name} is active, known as erp:{erp_key}, after {len(actions)} changes")
