"""Calls against a server that fails as it is told."""

from __future__ import annotations

import asyncio
import unittest
import unittest.mock
import uuid
from collections.abc import Callable
from typing import Any

import grpc
from fake import Fake, later, refusal
from google.longrunning import operations_proto_pb2 as longrunning
from google.rpc import error_details_pb2

from tributary_client import AsyncClient, Client, RetryPolicy, TributaryError, Violation, gateway, incentive, partner
from tributary_client.connection import from_environment
from tributary_client.retry import Retries

AWAY = refusal(grpc.StatusCode.UNAVAILABLE, "away", error_details_pb2.ErrorInfo(reason="UPSTREAM_UNAVAILABLE"))
QUICK = RetryPolicy(first_pause=0.001)


class Calls(unittest.TestCase):
    def setUp(self) -> None:
        self.fake = Fake()
        self.addCleanup(self.fake.stop)
        self.client = Client(self.fake.endpoint, api_key="k", retry=QUICK)
        self.addCleanup(self.client.close)

    def test_a_call_with_a_request_id_is_made_again_with_the_same_one(self) -> None:
        self.fake.answers = [AWAY, AWAY, partner.Partner(name="partners/a")]
        request = partner.CreatePartnerRequest(partner_id="a")
        self.assertEqual(self.client.partner.create_partner(request).name, "partners/a")
        (request_id,) = {seen.request_id for seen in self.fake.seen}
        self.assertEqual(str(uuid.UUID(request_id)), request_id)
        self.assertEqual(len(self.fake.seen), 3)
        self.assertEqual({metadata["authorization"] for metadata in self.fake.metadata}, {"Bearer k"})
        self.assertEqual(request.request_id, "", "the caller's message is not changed")

    def test_the_callers_request_id_is_kept(self) -> None:
        self.fake.answers = [AWAY, partner.Partner()]
        self.client.partner.create_partner(partner.CreatePartnerRequest(request_id="mine"))
        self.assertEqual([seen.request_id for seen in self.fake.seen], ["mine", "mine"])

    def test_what_cannot_be_repeated_is_not(self) -> None:
        self.fake.knows("RevokeApiKey", gateway.RevokeApiKeyRequest)
        self.fake.answers = [AWAY]
        with self.assertRaises(TributaryError) as refused:
            self.client.api_key.revoke_api_key(gateway.RevokeApiKeyRequest(name="apiKeys/a"))
        self.assertEqual((refused.exception.reason, len(self.fake.seen)), ("UPSTREAM_UNAVAILABLE", 1))

    def test_facts_are_sent_again_because_their_keys_are_the_callers(self) -> None:
        self.fake.knows("RecordFact", incentive.RecordFactRequest)
        self.fake.answers = [AWAY, incentive.SalesFact(batch=7)]
        self.assertEqual(self.client.fact.record_fact(incentive.RecordFactRequest()).batch, 7)

    def test_what_is_brought_up_to_date_is_not_sent_again(self) -> None:
        # It would undo what somebody else did in between.
        calls: list[tuple[str, Callable[[Any], object], Any]] = [
            ("BatchUpsertPartners", self.client.partner.batch_upsert_partners, partner.BatchUpsertPartnersRequest()),
            ("ImportRegions", self.client.territory.import_regions, partner.ImportRegionsRequest()),
            ("RecordFigure", self.client.figure.record_figure, incentive.RecordFigureRequest()),
        ]
        for name, call, request in calls:
            self.fake.knows(name, type(request))
            self.fake.seen.clear()
            self.fake.answers = [AWAY]
            with self.assertRaises(TributaryError):
                call(request)
            self.assertEqual(len(self.fake.seen), 1, name)

    def test_a_deadline_that_is_over_sends_nothing(self) -> None:
        async def awaited(timeout: float) -> None:
            async with AsyncClient(self.fake.endpoint, api_key="k") as client:
                with self.assertRaises(TributaryError) as refused:
                    await client.partner.get_partner(partner.GetPartnerRequest(), timeout=timeout)
                self.assertEqual(refused.exception.code, grpc.StatusCode.DEADLINE_EXCEEDED)

        for timeout in (0, -1.5):
            with self.assertRaises(TributaryError) as refused:
                self.client.partner.get_partner(partner.GetPartnerRequest(), timeout=timeout)
            self.assertEqual(refused.exception.code, grpc.StatusCode.DEADLINE_EXCEEDED)
            with self.assertRaises(TributaryError) as refused:
                next(self.client.event_feed.watch_events(gateway.WatchEventsRequest(), timeout=timeout))
            self.assertEqual(refused.exception.code, grpc.StatusCode.DEADLINE_EXCEEDED)
            asyncio.run(awaited(timeout))
            with self.assertRaises(ValueError):
                Client(self.fake.endpoint, api_key="k", timeout=timeout)
        self.assertEqual(self.fake.seen, [])

    def test_attempts_end(self) -> None:
        self.fake.answers = [AWAY] * 3
        with self.assertRaises(TributaryError):
            self.client.partner.get_partner(partner.GetPartnerRequest())
        self.assertEqual(len(self.fake.seen), 3)

    def test_what_waiting_does_not_mend_is_told_at_once_with_everything(self) -> None:
        wrong = error_details_pb2.BadRequest(field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field="partner.kind", description="choose one"),
            error_details_pb2.BadRequest.FieldViolation(field="partner.region", description="too long"),
        ])  # fmt: skip
        info = error_details_pb2.ErrorInfo(reason="INVALID_REQUEST", domain="partner.tributary", metadata={"count": "2"})
        self.fake.answers = [refusal(grpc.StatusCode.INVALID_ARGUMENT, "2 fields are wrong", info, wrong)]
        with self.assertRaises(TributaryError) as refused:
            self.client.partner.create_partner(partner.CreatePartnerRequest())
        error = refused.exception
        self.assertEqual((error.code, error.reason, error.domain), (
            grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST", "partner.tributary"))  # fmt: skip
        self.assertEqual(error.metadata, {"count": "2"})
        self.assertEqual(error.violations, (
            Violation("partner.kind", "choose one"), Violation("partner.region", "too long")))  # fmt: skip
        self.assertEqual(str(error), "INVALID_ARGUMENT INVALID_REQUEST: 2 fields are wrong; "
                                     "partner.kind: choose one; partner.region: too long")  # fmt: skip
        self.assertEqual(len(self.fake.seen), 1)

    def test_many_violations_arrive(self) -> None:
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=f"facts[{n}].net", description="x" * 50) for n in range(500)
        ]
        wrong = error_details_pb2.BadRequest(field_violations=violations)
        self.fake.answers = [refusal(grpc.StatusCode.INVALID_ARGUMENT, "500 fields are wrong", wrong)]
        with self.assertRaises(TributaryError) as refused:
            self.client.partner.create_partner(partner.CreatePartnerRequest())
        self.assertEqual((refused.exception.code, len(refused.exception.violations)), (grpc.StatusCode.INVALID_ARGUMENT, 500))

    def test_a_limit_is_waited_for_when_the_suite_says_how_long(self) -> None:
        limited = refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "slower", later(0.01))
        self.fake.answers = [limited, partner.Partner(name="partners/a")]
        self.assertEqual(self.client.partner.get_partner(partner.GetPartnerRequest()).name, "partners/a")
        self.fake.answers = [refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "too large")]
        with self.assertRaises(TributaryError) as refused:
            self.client.partner.get_partner(partner.GetPartnerRequest())
        self.assertIsNone(refused.exception.retry_after)

    def test_no_pause_goes_beyond_the_deadline(self) -> None:
        self.fake.answers = [refusal(grpc.StatusCode.UNAVAILABLE, "away", later(3600))]
        with self.assertRaises(TributaryError) as refused:
            self.client.partner.get_partner(partner.GetPartnerRequest())
        assert refused.exception.retry_after is not None
        self.assertEqual(refused.exception.retry_after.total_seconds(), 3600)

    def test_all_pages_are_read(self) -> None:
        pages = [["a", "b"], [], ["c"]]
        self.fake.answers = [
            partner.ListPartnersResponse(
                partners=[partner.Partner(name=name) for name in page], next_page_token=f"t{n}" if n < 2 else ""
            )
            for n, page in enumerate(pages)
        ]
        request = partner.ListPartnersRequest(page_size=2, filter="x")
        found = [item.name for item in self.client.partner.iter_partners(request)]
        self.assertEqual(found, ["a", "b", "c"])
        self.assertEqual([seen.page_token for seen in self.fake.seen], ["", "t0", "t1"])
        self.assertEqual({seen.filter for seen in self.fake.seen}, {"x"})

    def test_an_operation_is_waited_for(self) -> None:
        self.fake.knows("WaitOperation", longrunning.WaitOperationRequest)
        done = longrunning.Operation(name="operations/o", done=True)
        done.response.Pack(incentive.Run(name="runs/r"))
        self.fake.answers = [longrunning.Operation(name="operations/o"), AWAY, done]
        run = self.client.wait(longrunning.Operation(name="operations/o"), incentive.Run)
        self.assertEqual(run.name, "runs/r")
        with self.assertRaises(TypeError):
            self.client.wait(done, incentive.Statement)
        failed = longrunning.Operation(done=True, error=AWAY)
        with self.assertRaises(TributaryError) as refused:
            self.client.wait(failed, incentive.Run)
        self.assertEqual(refused.exception.reason, "UPSTREAM_UNAVAILABLE")
        with self.assertRaises(TimeoutError):
            self.client.wait(longrunning.Operation(name="operations/o"), incentive.Run, timeout=0)

    def test_a_watch_goes_on_behind_the_last_event(self) -> None:
        self.fake.knows("WatchEvents", gateway.WatchEventsRequest)

        def said(cursor: str, event: str = "") -> gateway.WatchEventsResponse:
            return gateway.WatchEventsResponse(cursor=cursor, event=gateway.CloudEvent(id=event) if event else None)

        gone = refusal(grpc.StatusCode.FAILED_PRECONDITION, "gone", error_details_pb2.ErrorInfo(reason="EVENT_CURSOR_EXPIRED"))
        self.fake.answers = [[said("c0"), said("c1", "e1"), AWAY], [AWAY], [said("c2", "e2")], [gone]]
        events = self.client.watch_events(latest=True, subject="partners/*")
        self.assertEqual([(next(events).event.id, next(events).cursor)], [("e1", "c2")])
        with self.assertRaises(TributaryError) as refused:
            next(events)
        self.assertEqual(refused.exception.reason, "EVENT_CURSOR_EXPIRED")
        asked = [(seen.cursor, seen.latest, seen.subject) for seen in self.fake.seen]
        self.assertEqual(asked, [("", True, "partners/*"), *[(c, False, "partners/*") for c in ("c1", "c1", "c2")]])

    def test_the_same_to_await(self) -> None:
        async def main() -> None:
            async with AsyncClient(self.fake.endpoint, api_key="k", retry=QUICK) as client:
                self.fake.answers = [AWAY, AWAY, partner.Partner(name="partners/a")]
                made = await client.partner.create_partner(partner.CreatePartnerRequest(partner_id="a"))
                self.assertEqual(made.name, "partners/a")
                self.assertEqual(len({seen.request_id for seen in self.fake.seen}), 1)
                self.fake.answers = [
                    partner.ListPartnersResponse(partners=[partner.Partner(name="a")], next_page_token="t"),
                    partner.ListPartnersResponse(partners=[partner.Partner(name="b")]),
                ]
                found = [item.name async for item in client.partner.iter_partners(partner.ListPartnersRequest())]
                self.assertEqual(found, ["a", "b"])
                self.fake.knows("WatchEvents", gateway.WatchEventsRequest)
                event = gateway.WatchEventsResponse(cursor="c1", event=gateway.CloudEvent(id="e1"))
                self.fake.answers = [[AWAY], [event]]
                async for said in client.watch_events():
                    self.assertEqual(said.event.id, "e1")
                    break

        asyncio.run(main())


class Pauses(unittest.TestCase):
    def error(self, asked: float | None = None) -> TributaryError:
        return TributaryError.of_status(refusal(grpc.StatusCode.UNAVAILABLE, "away", *([later(asked)] if asked else [])))

    def test_pauses_double_up_to_the_longest_and_are_spread(self) -> None:
        policy = RetryPolicy(first_pause=0.5, longest_pause=3)
        self.assertEqual([policy.pause(attempt, 1) for attempt in (1, 2, 3, 4, 2000)], [0.5, 1, 2, 3, 3])
        self.assertEqual([policy.pause(attempt, 0) for attempt in (1, 2, 3, 4)], [0.25, 0.5, 1, 1.5])

    def test_what_the_suite_asks_for_comes_on_top(self) -> None:
        retries = Retries(RetryPolicy(first_pause=0.5), chance=lambda: 1)
        self.assertEqual(retries.pause(self.error(2), 1, 30), 2.5)
        self.assertIsNone(retries.pause(self.error(2), 1, 2.5))

    def test_retries_are_a_share_of_the_calls(self) -> None:
        retries = Retries(RetryPolicy(attempts=100, budget=0.25, reserve=2), chance=lambda: 1)
        self.assertEqual([retries.pause(self.error(), 1, 30) is None for _ in range(3)], [False, False, True])
        for _ in range(4):
            retries.begin()
        self.assertEqual([retries.pause(self.error(), 1, 30) is None for _ in range(2)], [False, True])


class Endpoints(unittest.TestCase):
    def test_in_clear_only_when_said_or_on_this_machine(self) -> None:
        for endpoint in ("tributary.example.com:7420", "ftp://a", "http://a/path", "https://"):
            with self.assertRaises(ValueError, msg=endpoint):
                Client(endpoint, api_key="k")
        for endpoint in ("http://a:1", "https://a", "localhost:7420", "http://[::1]:7420"):
            Client(endpoint, api_key="k").close()

    def test_the_environment_gives_what_is_not_given(self) -> None:
        env = {"TRIBUTARY_ENDPOINT": "localhost:1", "TRIBUTARY_API_KEY": "k"}
        with unittest.mock.patch.dict("os.environ", env, clear=True):
            self.assertEqual(from_environment({}), {"endpoint": "localhost:1", "api_key": "k", "token": None})
            self.assertEqual(from_environment({"token": "t"}), {"endpoint": "localhost:1", "token": "t"})
        with unittest.mock.patch.dict("os.environ", clear=True), self.assertRaises(ValueError):
            from_environment({})

    def test_one_credential(self) -> None:
        for credentials in ({}, {"api_key": "k", "token": "t"}):
            with self.assertRaises(ValueError):
                Client("http://a", **credentials)  # type: ignore[arg-type]


if __name__ == "__main__":
    unittest.main()
