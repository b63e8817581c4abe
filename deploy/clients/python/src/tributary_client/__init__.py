"""A client of Tributary: typed services, safe retries, errors with their reasons, exact money, verified webhooks.

    from tributary_client import Client, incentive, partner

    with Client("https://tributary.example.com", api_key=key) as client:
        found = client.partner.get_partner(partner.GetPartnerRequest(name="partners/huadong"))

The messages of each area of the contract are in a module of its name.
"""

from tributary_client import analytics, common, contract, event, gateway, incentive, partner
from tributary_client.aio import AsyncClient
from tributary_client.client import Client
from tributary_client.errors import TributaryError, Violation
from tributary_client.retry import RetryPolicy
from tributary_client.values import from_date, from_decimal, from_money, to_date, to_decimal, to_money
from tributary_client.webhooks import WebhookError, WebhookVerifier

__all__ = [
    "AsyncClient", "Client", "RetryPolicy", "TributaryError", "Violation", "WebhookError", "WebhookVerifier",
    "analytics", "common", "contract", "event", "gateway", "incentive", "partner",
    "from_date", "from_decimal", "from_money", "to_date", "to_decimal", "to_money",
]  # fmt: skip
