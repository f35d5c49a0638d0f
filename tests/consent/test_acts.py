from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.clock import new_id
from bot.consent.acts import confirm, defer, refuse
from bot.consent.endings import record_erasure, withdraw
from bot.consent.events import ConsentEvent, EventDraft
from bot.consent.grants import find_grant, grant_by_id, live_grants, pending_confirmations
from bot.consent.ledger import append
from bot.consent.requests import open_request, open_requests
from bot.database import Database
from bot.errors import ConsentRefused
from tests.conftest import FixedClock
from tests.consent.scene import asked, grant_ids, granted, set_up, yes


@pytest.fixture
def scene(database: Database, clock: FixedClock) -> Database:
    with database.transaction() as connection:
        set_up(connection, clock.now(), ("anna", "eva"))
    return database


def _withdrawn(
    connection: Connection, clock: FixedClock, *, address: str = "-", scope: str = "anna-talk"
) -> None:
    draft = EventDraft(
        "anna",
        "follow_up",
        "email",
        "withdrawn",
        "web",
        "visitor",
        "button",
        idem_key=new_id(),
        contact_point_id=address,
        scope_id=scope,
    )
    append(connection, draft, clock.now())


def test_yes_opens_a_grant_for_exactly_what_was_asked(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        given = granted(connection, clock.now(), "handoff")
        (grant,) = live_grants(connection, "anna", clock.now())
        assert (grant.id, grant.purpose, grant.channel) == (given.id, "handoff", "chat")
        assert (grant.scope_id, grant.since, grant.expires_at) == ("anna-talk", clock.now(), None)
        assert live_grants(connection, "eva", clock.now()) == []


def test_grant_is_found_by_purpose_and_scope_and_not_by_others(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        granted(connection, clock.now(), "follow_up", scope="m1")

        def find(**other: str) -> object:
            wanted = {"visitor_id": "anna", "purpose": "follow_up", "scope_id": "m1", **other}
            return find_grant(connection, now=clock.now(), **wanted)

        assert find() is not None
        assert find(contact_point_id="anna-mail", channel="email") is not None
        for other in (
            {"visitor_id": "eva"},
            {"purpose": "handoff"},
            {"scope_id": "m2"},
            {"channel": "chat"},
            {"contact_point_id": "anna-other"},
        ):
            assert find(**other) is None


def test_grant_whose_time_is_over_does_not_count(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        end = clock.now() + timedelta(days=90)
        grant = granted(connection, clock.now(), "follow_up", expires_at=end)
        assert grant_by_id(connection, grant.id, clock.now()) is not None
        later = clock.advance(90 * 86400)
        assert grant_by_id(connection, grant.id, later) is None
        assert live_grants(connection, "anna", later) == []


def test_yes_may_narrow_an_open_address(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), "follow_up", contact_point_id="anna-mail")
        assert grant.contact_point_id == "anna-mail"


@pytest.mark.parametrize("address", ["-", "anna-other"])
def test_yes_cannot_widen_or_change_a_named_address(
    scene: Database, clock: FixedClock, address: str
) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "follow_up", contact_point_id="anna-mail")
    with pytest.raises(ConsentRefused, match="match"), scene.transaction() as connection:
        yes(connection, clock.now(), request, contact_point_id=address)


def test_yes_cannot_name_the_address_of_another_visitor(scene: Database, clock: FixedClock) -> None:
    with pytest.raises(ConsentRefused, match="address"), scene.transaction() as connection:
        granted(connection, clock.now(), "follow_up", contact_point_id="eva-mail")


def test_yes_without_a_question_is_refused(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        given = granted(connection, clock.now(), "handoff")
    for event_id in ("nothing", given.id):
        with pytest.raises(ConsentRefused), scene.transaction() as connection:
            yes(connection, clock.now(), _with_id(given, event_id))


def _with_id(event: ConsentEvent, event_id: str) -> ConsentEvent:
    return ConsentEvent(**{**vars(event), "id": event_id})


@pytest.mark.parametrize("first", ["given", "refused"])
@pytest.mark.parametrize("second", ["given", "refused", "deferred"])
def test_question_is_answered_once(
    scene: Database, clock: FixedClock, first: str, second: str
) -> None:
    def answer(connection: Connection, request: ConsentEvent, action: str) -> None:
        if action == "given":
            yes(connection, clock.now(), request)
            return
        act = refuse if action == "refused" else defer
        act(
            connection,
            clock.now(),
            request_event_id=request.id,
            method="button",
            idem_key=new_id(),
        )

    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "handoff")
        answer(connection, request, first)
    with pytest.raises(ConsentRefused, match="already answered"), scene.transaction() as connection:
        answer(connection, request, second)


def test_not_now_leaves_the_question_open(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "handoff")
        defer(
            connection,
            clock.now(),
            request_event_id=request.id,
            method="button",
            idem_key="later",
        )
        assert grant_ids(connection) == set()
        assert open_request(connection, request.id, "anna") == request
        yes(connection, clock.now(), request)
        assert open_request(connection, request.id, "anna") is None


def test_open_request_is_not_shown_to_another_visitor(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "handoff")
        assert open_request(connection, request.id, "eva") is None


def test_yes_to_an_older_question_of_two_is_refused(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        old = asked(connection, clock.now(), "handoff")
        new = asked(connection, clock.now(), "handoff")
        assert open_requests(connection, "anna") == [new]
    with pytest.raises(ConsentRefused, match="newer question"), scene.transaction() as connection:
        yes(connection, clock.now(), old)
    with scene.transaction() as connection:
        yes(connection, clock.now(), new)


@pytest.mark.parametrize("address", ["-", "anna-mail"])
@pytest.mark.parametrize("scope", ["-", "anna-talk"])
def test_yes_to_a_question_from_before_a_withdrawal_is_refused(
    scene: Database, clock: FixedClock, address: str, scope: str
) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "follow_up")
        _withdrawn(connection, clock, address=address, scope=scope)
    with pytest.raises(ConsentRefused, match="withdrawn"), scene.transaction() as connection:
        yes(connection, clock.now(), request, contact_point_id="anna-mail")


@pytest.mark.parametrize("where", [{"address": "anna-other"}, {"scope": "another"}], ids=str)
def test_withdrawal_of_something_else_leaves_a_question_open(
    scene: Database, clock: FixedClock, where: dict[str, str]
) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "follow_up")
        _withdrawn(connection, clock, **where)
        yes(connection, clock.now(), request, contact_point_id="anna-mail")


def test_yes_after_a_withdrawal_and_a_new_question_counts(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        granted(connection, clock.now(), "follow_up")
        _withdrawn(connection, clock)
        assert grant_ids(connection) == set()
        again = granted(connection, clock.now(), "follow_up")
        assert grant_ids(connection) == {again.id}


def test_confirmation_twice_is_once(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "follow_up")
        given = yes(connection, clock.now(), request, contact_point_id="anna-mail")
        assert [event.id for event in pending_confirmations(connection, "anna")] == [given.id]
        first = confirm(connection, given.id, clock.now(), "email_link")
        assert confirm(connection, given.id, clock.advance(9), "email_link") == first
        assert pending_confirmations(connection, "anna") == []
        assert grant_ids(connection) == {first.id}


@pytest.mark.parametrize(
    "ending", ["withdrawn at any", "withdrawn", "refused", "expired", "erased"]
)
def test_late_confirmation_is_refused(scene: Database, clock: FixedClock, ending: str) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "follow_up")
        given = yes(connection, clock.now(), request, contact_point_id="anna-mail")
        if ending.startswith("withdrawn"):
            _withdrawn(connection, clock, address="-" if "any" in ending else "anna-mail")
        elif ending == "refused":
            again = asked(connection, clock.now(), "follow_up")
            refuse(
                connection,
                clock.now(),
                request_event_id=again.id,
                method="button",
                idem_key="no",
            )
        elif ending == "erased":
            record_erasure(
                connection, "anna", clock.now(), asked_on="web", method="page", idem_prefix="e"
            )
        else:
            draft = EventDraft(
                "anna",
                "follow_up",
                "email",
                "expired",
                "system",
                "system",
                "expiry",
                idem_key="over",
                contact_point_id="anna-mail",
                scope_id="anna-talk",
                answers_event_id=given.id,
            )
            append(connection, draft, clock.now())
    with pytest.raises(ConsentRefused, match="ended"), scene.transaction() as connection:
        confirm(connection, given.id, clock.now(), "email_link")


def test_confirmation_after_the_end_of_its_time_is_refused(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "follow_up")
        past = clock.now() - timedelta(seconds=1)
        given = yes(connection, clock.now(), request, contact_point_id="anna-mail", expires_at=past)
    with pytest.raises(ConsentRefused, match="ended"), scene.transaction() as connection:
        confirm(connection, given.id, clock.now(), "email_link")


def test_confirmation_cannot_lengthen_what_was_given(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "follow_up")
        end = clock.now() + timedelta(days=90)
        given = yes(connection, clock.now(), request, contact_point_id="anna-mail", expires_at=end)
    longer = EventDraft(
        "anna",
        "follow_up",
        "email",
        "confirmed",
        "email",
        "visitor",
        "email_link",
        idem_key="longer",
        contact_point_id="anna-mail",
        scope_id="anna-talk",
        answers_event_id=given.id,
        notice_id=given.notice_id,
        expires_at=end + timedelta(days=1),
    )
    with pytest.raises(ConsentRefused, match="match"), scene.transaction() as connection:
        append(connection, longer, clock.now())


@pytest.mark.parametrize("address", ["-", "anna-mail"])
@pytest.mark.parametrize("scope", ["-", "anna-talk"])
def test_withdrawal_at_any_address_or_scope_ends_the_one_named(
    scene: Database, clock: FixedClock, address: str, scope: str
) -> None:
    with scene.transaction() as connection:
        granted(connection, clock.now(), "follow_up")
        _withdrawn(connection, clock, address=address, scope=scope)
        assert grant_ids(connection) == set()


def test_confirmation_of_a_purpose_that_needs_none_is_refused(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        given = granted(connection, clock.now(), "handoff")
    with pytest.raises(ConsentRefused, match="match"), scene.transaction() as connection:
        confirm(connection, given.id, clock.now(), "email_link")


def test_renewal_takes_the_place_of_the_old_grant(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        granted(connection, clock.now(), "handoff")
        request = asked(connection, clock.now(), "handoff")
        renewed = yes(connection, clock.now(), request, renewed=True)
        assert renewed.action == "renewed"
        assert grant_ids(connection) == {renewed.id}


def test_renewal_by_mail_needs_its_confirmation_and_keeps_the_old_until_then(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        old = granted(connection, clock.now(), "follow_up")
        request = asked(connection, clock.now(), "follow_up")
        renewed = yes(connection, clock.now(), request, renewed=True, contact_point_id="anna-mail")
        assert grant_ids(connection) == {old.id}
        confirmed = confirm(connection, renewed.id, clock.now(), "email_link")
        assert grant_ids(connection) == {confirmed.id}


def test_stop_ends_grants_open_yeses_and_open_questions(scene: Database, clock: FixedClock) -> None:
    def stop(connection: Connection, prefix: str) -> list[ConsentEvent]:
        return withdraw(
            connection,
            "anna",
            clock.now(),
            asked_on="telegram",
            method="keyword",
            idem_prefix=prefix,
        )

    with scene.transaction() as connection:
        granted(connection, clock.now(), "handoff")
        granted(connection, clock.now(), "follow_up", scope="m1")
        eva = granted(connection, clock.now(), "handoff", person="eva", scope="eva-talk")
        request = asked(connection, clock.now(), "follow_up", scope="m2")
        given = yes(connection, clock.now(), request, contact_point_id="anna-mail")
        question = asked(connection, clock.now(), "improve", scope="-")
        assert len(stop(connection, "first")) == 4
        assert grant_ids(connection) == {eva.id}
        assert open_requests(connection, "anna") == []
        assert stop(connection, "second") == []
    with pytest.raises(ConsentRefused), scene.transaction() as connection:
        confirm(connection, given.id, clock.now(), "email_link")
    with pytest.raises(ConsentRefused), scene.transaction() as connection:
        yes(connection, clock.now(), question)


def test_stop_for_one_purpose_leaves_the_others(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        shared = granted(connection, clock.now(), "handoff")
        granted(connection, clock.now(), "follow_up")
        withdraw(
            connection,
            "anna",
            clock.now(),
            asked_on="web",
            method="button",
            idem_prefix="stop",
            purposes=("follow_up", "updates"),
        )
        assert grant_ids(connection) == {shared.id}
