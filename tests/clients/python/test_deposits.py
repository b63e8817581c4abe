"""Deposits through the gateway, from Python, with reflection only: the worked example of rule R25, and histories whose
amounts are computed here with Decimal.
"""

import os
import random
import unittest
from decimal import ROUND_HALF_UP, Decimal

from reflected import Refused, Suite, fresh_id

PARTNERS = "tributary.partner.v1.PartnerService"
DEPOSITS = "tributary.incentive.v1.DepositService"
LEDGER = "tributary.incentive.v1.LedgerService"
KEYS = "tributary.gateway.v1.ApiKeyService"


def cents(value):
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def yuan(value):
    value = Decimal(value)
    return {"currencyCode": "CNY", "units": str(int(value)), "nanos": int((value - int(value)).scaleb(9))}


def amount(money):
    return Decimal(money.units) + Decimal(money.nanos) / 1_000_000_000


class Deposits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        endpoint = os.environ["TRIBUTARY_ENDPOINT"]
        cls.suite = Suite(endpoint, os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.suite.close)
        key = {"subject": fresh_id("checker"), "roles": ["ROLE_FINANCE"]}
        cls.checker = Suite(endpoint, cls.suite.call(f"{KEYS}/CreateApiKey", key).secret)
        cls.addClassCleanup(cls.checker.close)

    def agree(self, base, rate):
        """A partner with a deposit."""
        self.id = fresh_id("dp")
        self.suite.call(f"{PARTNERS}/CreatePartner", {
            "partnerId": self.id, "partner": {"displayName": self.id, "kind": "PARTNER_KIND_MCN"},
            "initialStatus": "PARTNER_STATUS_ACTIVE",
        })
        return self.suite.call(f"{DEPOSITS}/CreateDeposit", {
            "depositId": self.id, "requestId": "agree " + self.id,
            "deposit": {"partner": f"partners/{self.id}", "cause": "contracts/c-17", "base": yuan(base), "rate": {"value": rate}},
        })

    def step(self, suite, verb, **fields):
        asked = {"name": f"deposits/{self.id}", "requestId": fresh_id("step"), **fields}
        return suite.call(f"{DEPOSITS}/{verb}", asked)

    def balance(self):
        name = f"ledgerAccounts/partner.{self.id}.deposit.CNY"
        account = self.suite.call(f"{LEDGER}/GetLedgerAccount", {"name": name})
        return Decimal(account.balance.value), Decimal(account.available.value)

    def propose(self, **proposal):
        return self.step(self.suite, "ProposeDepositMovement", cause="obligations/o-3", reason="the year is over", **proposal)

    def test_what_was_not_delivered_is_forfeited(self):
        agreed = self.agree("1000000", "0.2")
        self.assertEqual((amount(agreed.required), amount(agreed.due)), (200000, 200000))
        self.step(self.suite, "ReceiveDeposit", amount=yuan("200000"), cause="bank/4711")
        open_ = self.propose(performance={
            "committed": {"value": "500000"}, "delivered": {"value": "400000"}, "unit": "visits",
        })
        movement = open_.movements[1]
        self.assertEqual((amount(movement.forfeited), amount(movement.released)), (40000, 160000))
        self.assertEqual(self.balance(), (200000, 0))
        with self.assertRaises(Refused) as refused:
            self.step(self.suite, "ConfirmDepositMovement", number=2)
        self.assertEqual(refused.exception.reason, "DEPOSIT_MAKER_IS_CHECKER")
        self.step(self.checker, "ConfirmDepositMovement", number=2)
        self.assertEqual(self.balance(), (0, 0))
        closed = self.step(self.suite, "CloseDeposit")
        self.assertEqual(amount(closed.held), 0)

    def test_histories_add_up(self):
        chance = random.Random(25)
        for _ in range(5):
            base, rate = Decimal(chance.randrange(1, 10**9)) / 100, Decimal(chance.randrange(1, 100)) / 100
            agreed = self.agree(str(base), str(rate))
            required, held = cents(base * rate), Decimal(0)
            self.assertEqual(amount(agreed.required), required)
            for _ in range(8):
                if held == 0 or chance.random() < 0.5:
                    value = Decimal(chance.randrange(1, 10**8)) / 100
                    held += value
                    known = self.step(self.suite, "ReceiveDeposit", amount=yuan(value), cause="bank")
                else:
                    committed, delivered = chance.randrange(1, 1000), chance.randrange(0, 1100)
                    known = self.propose(performance={
                        "committed": {"value": str(committed)}, "delivered": {"value": str(delivered)},
                    })
                    missed = max(Decimal(0), 1 - Decimal(delivered) / Decimal(committed))
                    # No tie is near: Decimal has 28 digits, a tie would need the quotient to be exact.
                    forfeited = min(held, cents(required * missed))
                    self.assertEqual(amount(known.movements[-1].forfeited), forfeited)
                    self.assertEqual(amount(known.movements[-1].released), held - forfeited)
                    number = known.movements[-1].number
                    if chance.random() < 0.5:
                        known = self.step(self.checker, "ConfirmDepositMovement", number=number)
                        held = Decimal(0)
                    else:
                        known = self.step(self.checker, "RejectDepositMovement", number=number, reason="not agreed")
                self.assertEqual((amount(known.held), amount(known.reserved)), (held, 0))
                self.assertEqual(amount(known.due), max(0, required - held))
                self.assertEqual(self.balance()[0], held)


if __name__ == "__main__":
    unittest.main()
