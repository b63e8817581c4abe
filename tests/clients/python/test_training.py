"""Training through the gateway, from Python, with reflection only: partners look after their own people, the house records
results, certificates follow. Months are counted here.
"""

import calendar
import datetime
import os
import random
import unittest
from concurrent.futures import ThreadPoolExecutor

from reflected import Refused, Suite, fresh_id

PARTNERS = "tributary.partner.v1.PartnerService"
TRAINING = "tributary.partner.v1.TrainingService"
CERTIFICATION = "tributary.partner.v1.CertificationService"
KEYS = "tributary.gateway.v1.ApiKeyService"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
ISSUED, REVOKED = 1, 3


def date(day):
    return {"year": day.year, "month": day.month, "day": day.day}


def day_of(message):
    return datetime.date(message.year, message.month, message.day)


def months_later(day, months):
    """By the calendar; the last day of the month where the day does not exist."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


class Training(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.endpoint = os.environ["TRIBUTARY_ENDPOINT"]
        cls.suite = Suite(cls.endpoint, os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.suite.close)
        cls.today = datetime.datetime.now(SHANGHAI).date()
        # Every run has courses of its own.
        cls.online, cls.live, cls.host = (fresh_id(what) for what in ("online", "live", "host"))
        for own, first in ((cls.online, []), (cls.live, [f"courses/{cls.online}"])):
            cls.suite.call(f"{TRAINING}/CreateCourse", {"courseId": own, "course": {
                "displayName": own, "kind": "COURSE_KIND_ONLINE", "passingScore": {"value": "80"}, "prerequisites": first,
            }})
        cls.suite.call(f"{TRAINING}/CreateCertificateDefinition", {
            "certificateDefinitionId": cls.host,
            "certificateDefinition": {
                "displayName": "Live host", "courses": [f"courses/{cls.online}", f"courses/{cls.live}"], "validityMonths": 6,
            },
        })
        cls.definition = f"certificateDefinitions/{cls.host}"

    def partner(self):
        """A partner with a key of its own."""
        own = fresh_id("tr")
        self.suite.call(f"{PARTNERS}/CreatePartner", {
            "partnerId": own, "partner": {"displayName": own, "kind": "PARTNER_KIND_MCN"},
            "initialStatus": "PARTNER_STATUS_ACTIVE",
        })
        name = f"partners/{own}"
        key = {"subject": fresh_id("portal"), "roles": ["ROLE_PARTNER"], "partners": [name]}
        portal = Suite(self.endpoint, self.suite.call(f"{KEYS}/CreateApiKey", key).secret)
        self.addCleanup(portal.close)
        return name, portal

    def person(self, suite, partner, own):
        return suite.call(f"{CERTIFICATION}/CreatePerson", {"parent": partner, "personId": own, "person": {
            "displayName": "李娜", "email": "li@example.com", "activeFrom": date(datetime.date(2020, 1, 1)),
        }, "requestId": fresh_id("person")})

    def record(self, person, course, score, taken_on, **more):
        return self.suite.call(f"{CERTIFICATION}/RecordExamResult", {
            "parent": person.split("/persons/")[0], "requestId": fresh_id("result"), "examResult": {
                "person": person, "course": f"courses/{course}", "score": {"value": score}, "takenOn": date(taken_on),
            },
        } | more)

    def test_from_exams_to_duty(self):
        partner, portal = self.partner()
        li = self.person(portal, partner, "li").name
        exam, simulation = self.today - datetime.timedelta(20), self.today - datetime.timedelta(10)
        with self.assertRaises(Refused) as refused:
            portal.call(f"{CERTIFICATION}/RecordExamResult", {"parent": partner})
        self.assertEqual(refused.exception.code, "PERMISSION_DENIED")
        # In the wrong order.
        self.record(li, self.live, "100", simulation)
        check = {"name": li, "certificateDefinition": self.definition}
        self.assertFalse(portal.call(f"{CERTIFICATION}/CheckPerson", check).allowed)
        self.record(li, self.online, "80", exam)
        held = portal.call(f"{CERTIFICATION}/ListCertificates", {"parent": partner}).certificates
        self.assertEqual([(c.state, day_of(c.valid_from), day_of(c.expires_on)) for c in held],
                         [(ISSUED, simulation, months_later(simulation, 6))])
        may = portal.call(f"{CERTIFICATION}/CheckPerson", check)
        self.assertEqual((may.allowed, day_of(may.until)),
                         (True, months_later(simulation, 6) + datetime.timedelta(1)))
        asked = {"partner": partner, "certificateDefinition": self.definition, "minimumPersons": 2}
        found = portal.call(f"{CERTIFICATION}/CheckQualification", asked)
        self.assertEqual((found.held, found.missing), (False, f"1 more person with {self.host}"))
        self.suite.call(f"{CERTIFICATION}/RevokeCertificate", {"name": held[0].name, "reason": "cheated"})
        told = portal.call(f"{CERTIFICATION}/GetCertificate", {"name": held[0].name})
        self.assertEqual((told.state, told.revocation_reason), (REVOKED, "cheated"))

    def test_results_in_any_order_earn_the_same(self):
        partner, _ = self.partner()
        told = [(course, score, self.today - datetime.timedelta(days))
                for course, score, days in (
                    (self.online, "79.99", 300), (self.online, "80", 290), (self.live, "90", 280), (self.live, "81", 270),
                    (self.online, "95", 60), (self.live, "60", 50), (self.live, "99.5", 40),
                )]
        # By hand: online 290 and live 280 days ago; after that live 270 and online 60 days ago; after that online never more.
        expected = sorted(self.today - datetime.timedelta(days) for days in (280, 60))
        for n in range(3):
            person = self.person(self.suite, partner, f"p{n}").name
            for course, score, day in random.Random(n).sample(told, len(told)):
                self.record(person, course, score, day)
            page = self.suite.call(f"{CERTIFICATION}/ListCertificates", {
                "parent": partner, "filter": f'person = "p{n}" AND NOT state = REVOKED',
            })
            self.assertEqual(sorted(day_of(c.valid_from) for c in page.certificates), expected, n)

    def test_places_are_never_more_than_there_are(self):
        session = fresh_id("session")
        self.suite.call(f"{TRAINING}/CreateTrainingSession", {"trainingSessionId": session, "trainingSession": {
            "course": f"courses/{self.online}", "date": date(self.today + datetime.timedelta(30)), "place": "Shanghai",
            "capacity": 3,
        }})
        partner, portal = self.partner()
        people = [self.person(portal, partner, f"p{n}").name for n in range(8)]
        # Reflection reads the contract before threads do.
        portal.call(f"{TRAINING}/GetTrainingSession", {"name": f"trainingSessions/{session}"})

        def enrol(person):
            try:
                portal.call(f"{TRAINING}/EnrolPerson", {"person": person, "session": f"trainingSessions/{session}"})
                return "ENROLLED"
            except Refused as refused:
                return refused.reason

        with ThreadPoolExecutor(8) as pool:
            done = sorted(pool.map(enrol, people))
        self.assertEqual(done, ["ENROLLED"] * 3 + ["TRAINING_SESSION_FULL"] * 5)
        told = portal.call(f"{TRAINING}/GetTrainingSession", {"name": f"trainingSessions/{session}"})
        self.assertEqual((told.enrolled_count, told.trainer_note), (3, ""))

    def test_who_a_person_is_can_be_erased(self):
        partner, portal = self.partner()
        made = self.person(portal, partner, "e-1")
        erased = portal.call(f"{CERTIFICATION}/ErasePerson", {"name": made.name, "reason": "asked for"})
        self.assertEqual((erased.erased, erased.display_name, erased.email), (True, "", ""))
        told = self.suite.call(f"{CERTIFICATION}/ListTrainingRevisions", {"name": made.name}).revisions
        self.assertEqual([(r.action, r.person.display_name, r.person.email) for r in told],
                         [("ERASED", "", ""), ("CREATED", "", "")])

    def test_everything_wrong_comes_at_once(self):
        partner, portal = self.partner()
        wrong = {"displayName": " ", "email": "li", "activeFrom": date(self.today),
                 "activeUntil": date(self.today - datetime.timedelta(1))}
        with self.assertRaises(Refused) as refused:
            portal.call(f"{CERTIFICATION}/CreatePerson", {"parent": partner, "person": wrong, "personId": "No"})
        self.assertEqual(sorted(set(refused.exception.violations)),
                         ["person.active_until", "person.display_name", "person.email", "person_id"])


if __name__ == "__main__":
    unittest.main()
