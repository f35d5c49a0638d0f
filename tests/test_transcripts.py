from __future__ import annotations

from datetime import timedelta

import pytest

from bot.database import Database
from bot.database.tables import conversation, staff
from bot.keys import Keys
from bot.transcripts import Filters, NotReviewable, Transcript, find_transcripts, open_transcript
from bot.transcripts.finding import PAGE_SIZE
from tests.conftest import FixedClock
from tests.desk.scene import Scene

HALF_AN_HOUR = 30 * 60


@pytest.fixture
def scene(database: Database, keys: Keys, clock: FixedClock) -> Scene:
    return Scene(database, keys, clock)


def listed(scene: Scene, filters: Filters | None = None, *, review: bool = True) -> list[str]:
    with scene.database.reading() as connection:
        page = find_transcripts(
            connection, filters or Filters(), now=scene.clock.now(), staff_review=review
        )
    return [item.conversation_id for item in page.summaries]


def opened(scene: Scene, conversation_id: str, *, review: bool = True) -> Transcript:
    with scene.database.transaction() as connection:
        reader = connection.execute(staff.select()).first()
    reader_id = reader.id if reader else scene.staff().id
    with scene.database.transaction() as connection:
        return open_transcript(
            connection,
            conversation_id,
            staff_id=reader_id,
            staff_review=review,
            now=scene.clock.now(),
        )


def refusal(scene: Scene, conversation_id: str, *, review: bool = True) -> str:
    with pytest.raises(NotReviewable) as caught:
        opened(scene, conversation_id, review=review)
    return caught.value.code


def test_a_conversation_is_reviewable_when_resolved_or_quiet_for_half_an_hour(
    scene: Scene,
) -> None:
    quiet, finished = scene.talk("How do I pay?"), scene.talk("Where is it?")
    scene.resolved(finished)
    assert listed(scene) == [finished]
    assert refusal(scene, quiet) == "transcript.live"
    scene.clock.advance(HALF_AN_HOUR - 1)
    assert listed(scene) == [finished]
    scene.clock.advance(1)
    assert set(listed(scene)) == {quiet, finished}
    assert opened(scene, quiet).lines[0].words == "How do I pay?"


def test_review_that_is_switched_off_leaves_only_what_is_shared(scene: Scene) -> None:
    finished, shared = scene.talk("One"), scene.talk("Two")
    scene.resolved(finished)
    scene.share(shared)
    assert listed(scene, review=False) == [shared]
    assert refusal(scene, finished, review=False) == "transcript.review_off"
    assert opened(scene, shared, review=False).lines


@pytest.mark.parametrize("how", ["refused", "withdrawn"])
def test_who_refused_or_withdrew_sharing_is_left_alone_unless_words_may_improve(
    scene: Scene, how: str
) -> None:
    talk = scene.talk("My pain")
    if how == "refused":
        scene.refuse(talk)
    else:
        scene.share(talk)
        scene.withdraw(talk)
    scene.clock.advance(HALF_AN_HOUR)
    assert listed(scene) == []
    assert refusal(scene, talk) == "transcript.refused"
    grant_id = scene.permit(talk, "improve", "-")
    assert listed(scene) == [talk]
    opened(scene, talk)
    assert [(action, grant) for _, action, grant in scene.reads(talk)] == [
        ("transcript.read", grant_id)
    ]
    scene.withdraw(talk)
    assert listed(scene) == []


def test_a_refusal_in_one_conversation_does_not_hide_another(scene: Scene) -> None:
    first = scene.talk("First")
    scene.refuse(first)
    second = scene.talk("Second", visitor_id=scene.visitor_of(first))
    scene.clock.advance(HALF_AN_HOUR)
    assert listed(scene) == [second]


def test_a_live_conversation_is_reviewable_under_its_grant_and_no_longer(scene: Scene) -> None:
    talk = scene.talk("Help")
    grant_id = scene.share(talk)
    assert listed(scene) == [talk]
    opened(scene, talk)
    assert scene.reads(talk)[-1][2] == grant_id
    scene.withdraw(talk)
    assert listed(scene) == []
    assert refusal(scene, talk) == "transcript.live"


def test_an_erased_conversation_is_gone(scene: Scene) -> None:
    talk = scene.talk("Help")
    scene.resolved(talk)
    with scene.database.transaction() as connection:
        connection.execute(conversation.update().values(erased_at=scene.clock.now()))
    assert listed(scene) == []
    assert refusal(scene, talk) == "transcript.gone"
    assert refusal(scene, "unknown") == "transcript.gone"


def test_a_transcript_shows_need_confidence_sources_and_permissions_by_turn(scene: Scene) -> None:
    talk = scene.talk()
    first = scene.say(talk, "How do I pay? Mail ann@example.org")
    source = {"title": "Paying", "url": "/help/paying", "article": "paying"}
    scene.answer(talk, first, need="learn_how", confidence=0.92, sources=[source])
    scene.clock.advance(60)
    second = scene.say(talk, "A person please")
    scene.answer(talk, second, "May I share?", need="ask_person", outcome="asked")
    scene.clock.advance(1)
    scene.refuse(talk)
    scene.permit(talk, "improve", "-")
    scene.resolved(talk)
    lines = opened(scene, talk).lines
    assert [line.message.author for line in lines] == ["visitor", "assistant"] * 2
    assert lines[0].words == "How do I pay? Mail [e-mail address]"
    assert (lines[0].need, lines[0].confidence, lines[0].sources) == ("learn_how", 0.92, [source])
    assert lines[0].permissions == ()
    assert [(item.purpose, item.action) for item in lines[2].permissions] == [
        ("handoff", "requested"),
        ("handoff", "refused"),
        ("improve", "requested"),
        ("improve", "given"),
    ]


def test_the_list_filters_by_need_language_outcome_date_and_words(scene: Scene) -> None:
    dutch = scene.talk(language="nl")
    scene.answer(dutch, scene.say(dutch, "Waar is Übung 50%?"), need="check_status")
    scene.clock.advance(3 * 24 * 3600)
    english = scene.talk()
    scene.answer(
        english,
        scene.say(english, "Is it 50 or 60, ann@example.org?"),
        need="find_price",
        outcome="no_answer",
    )
    scene.clock.advance(HALF_AN_HOUR)
    today = scene.clock.now().date()
    assert listed(scene) == [english, dutch]
    assert listed(scene, Filters(need="check_status")) == [dutch]
    assert listed(scene, Filters(language="nl")) == [dutch]
    assert listed(scene, Filters(outcome="no_answer")) == [english]
    assert listed(scene, Filters(since=today - timedelta(days=1))) == [english]
    assert listed(scene, Filters(until=today - timedelta(days=2))) == [dutch]
    assert listed(scene, Filters(words="WAAR Übung")) == [dutch]
    assert listed(scene, Filters(words="50%")) == [dutch]
    assert listed(scene, Filters(words="ann@example.org")) == []
    assert listed(scene, Filters(words="50", need="find_price")) == [english]


def test_a_summary_tells_turns_least_confidence_and_articles_but_no_words(scene: Scene) -> None:
    talk = scene.talk()
    source = {"title": "Paying", "url": "/help/paying", "article": "paying"}
    scene.answer(talk, scene.say(talk, "Secretly"), confidence=0.9, sources=[source])
    scene.clock.advance(1)
    scene.answer(talk, scene.say(talk, "Again"), confidence=0.4, need="complain", outcome="asked")
    scene.resolved(talk)
    with scene.database.reading() as connection:
        page = find_transcripts(connection, Filters(), now=scene.clock.now(), staff_review=True)
    summary = page.summaries[0]
    assert (summary.turns, summary.confidence, summary.outcome) == (2, 0.4, "asked")
    assert (summary.needs, summary.articles) == (["learn_how", "complain"], ["Paying"])
    assert "Secretly" not in repr(summary)


def test_the_list_comes_in_pages_newest_first(
    sqlite_database: Database, keys: Keys, clock: FixedClock
) -> None:
    scene, talks = Scene(sqlite_database, keys, clock), []
    for number in range(PAGE_SIZE + 2):
        clock.advance(1)
        talks.append(scene.talk(f"Question {number}"))
        scene.resolved(talks[-1])
    with sqlite_database.reading() as connection:
        pages = [
            find_transcripts(connection, Filters(), now=clock.now(), staff_review=True, page=page)
            for page in (1, 2)
        ]
    assert [page.more for page in pages] == [True, False]
    shown = [item.conversation_id for page in pages for item in page.summaries]
    assert shown == talks[::-1]
