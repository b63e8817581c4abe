"""A contract from the draft into force, and a payment that it obliges to: due, paid in two parts, accepted."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

from tributary_client import Client, common, contract, from_money, gateway, partner, to_date, to_money

name = f"contract-{uuid.uuid4().hex[:8]}"
BEGIN = date.today() - timedelta(days=30)

with Client.from_environment() as sales:
    key = sales.api_key.create_api_key(gateway.CreateApiKeyRequest(subject=f"legal-{name}", roles=[common.ROLE_LEGAL]))
    with Client.from_environment(api_key=key.secret) as legal:
        sales.partner.create_partner(
            partner.CreatePartnerRequest(
                partner_id=name,
                partner=partner.Partner(display_name="Hefei Yunfan", kind=partner.PARTNER_KIND_DEALER),
                initial_status=partner.PARTNER_STATUS_ACTIVE,
            )
        )
        agreed = sales.contract.create_contract(
            contract.CreateContractRequest(
                contract_id=name,
                contract=contract.Contract(
                    partner=f"partners/{name}",
                    title="Dealer agreement",
                    effective_from=to_date(BEGIN),
                    effective_to=to_date(BEGIN + timedelta(days=365)),
                    clauses=[contract.Clause(clause_id="price", text="The price is 0.75 of list.")],
                ),
            )
        )
        # Each step names the revision it is about; the review is by somebody who did not write it.
        agreed = sales.contract.negotiate_contract(
            contract.NegotiateContractRequest(name=agreed.name, etag=agreed.etag, reason="sent to the dealer")
        )
        agreed = sales.contract.submit_contract(
            contract.SubmitContractRequest(name=agreed.name, etag=agreed.etag, reason="agreed")
        )
        agreed = legal.contract.approve_contract(
            contract.ApproveContractRequest(name=agreed.name, etag=agreed.etag, reason="as the template")
        )
        for party in (contract.PARTY_PARTNER, contract.PARTY_PRINCIPAL):
            # What is signed is the text with this digest.
            signature = contract.Signature(
                party=party, signer="Zhang San", signed_on=to_date(BEGIN), terms_digest=agreed.terms_digest
            )
            agreed = legal.contract.sign_contract(
                contract.SignContractRequest(name=agreed.name, etag=agreed.etag, signature=signature)
            )
        assert agreed.state == contract.CONTRACT_STATE_ACTIVE

        payment = sales.obligation.create_obligation(
            contract.CreateObligationRequest(
                parent=agreed.name,
                obligation=contract.Obligation(
                    kind=contract.OBLIGATION_KIND_PAYMENT,
                    title="First instalment",
                    due_on=to_date(date.today() - timedelta(days=2)),
                    amount=to_money("50000", "CNY"),
                ),
            )
        )
        assert payment.overdue
        for receipt, amount in (("7781", "20000"), ("7790", "30000")):
            proof = contract.Proof(
                title=f"bank receipt {receipt}",
                fulfilled_on=to_date(date.today() - timedelta(days=3)),
                amount=to_money(amount, "CNY"),
            )
            payment = sales.obligation.submit_proof(
                contract.SubmitProofRequest(name=payment.name, etag=payment.etag, proof=proof)
            )
        assert from_money(payment.filed_amount) == Decimal(50000)
        payment = legal.obligation.accept_obligation(contract.AcceptObligationRequest(name=payment.name, etag=payment.etag))
        assert payment.state == contract.OBLIGATION_STATE_ACCEPTED and not payment.overdue
        print(f"{payment.name}: {from_money(payment.filed_amount)} CNY accepted")
