"""Servers killed with SIGKILL in the middle of turns; nothing acknowledged is lost or doubled.

Twenty rounds of what `python -m benchmarks.crashes` does two hundred times. The second half
damages copies of the same database: the check must see each damage.
"""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks import crashes
from benchmarks.crash_visitors import Record

ROUNDS = 20


@dataclass(frozen=True)
class Run:
    """What twenty killed servers left behind."""

    data_dir: Path
    result: crashes.Result
    record: Record


@pytest.fixture(scope="module")
def crashed(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    assert model.exists()
    data_dir = tmp_path_factory.mktemp("crashes")
    result, record = crashes.run(data_dir, ROUNDS, seed=7)
    return Run(data_dir, result, record)


def test_killed_servers_lose_nothing_acknowledged_and_do_nothing_twice(crashed: Run) -> None:
    assert crashed.result.problems == ()


def test_kills_hit_turns_and_not_an_idle_server(crashed: Run) -> None:
    result = crashed.result
    assert result.mid_turn >= ROUNDS // 4
    assert result.turns == result.messages
    assert result.handoffs >= 1
    assert all(sent.acknowledged for sent in crashed.record.sent)


ANSWERED = "SELECT message_id FROM turn WHERE outcome = 'answered' LIMIT 1"
DAMAGE = {
    "has 0 turns": f"DELETE FROM turn WHERE message_id = ({ANSWERED})",
    "is stored 0 times": f"DELETE FROM message WHERE id = ({ANSWERED})",
    "is missing or another": f"DELETE FROM message_original WHERE message_id = ({ANSWERED})",
    "has 0 replies": f"DELETE FROM message WHERE in_reply_to = ({ANSWERED})",
    "is not what is stored": (
        "UPDATE message SET text = 'something else' WHERE author = 'assistant' AND channel = 'web'"
    ),
    "was answered otherwise": (
        "UPDATE message SET text = 'something else' WHERE author = 'assistant' AND channel = 'rest'"
    ),
    "is stored with other words": f"UPDATE message SET text = 'x' WHERE id = ({ANSWERED})",
    "have a gap": "UPDATE conversation SET last_seq = last_seq + 1",
    "got the same reply twice": f"""
        UPDATE conversation SET last_seq = last_seq + 1
        WHERE id = (SELECT conversation_id FROM turn WHERE message_id = ({ANSWERED}));
        INSERT INTO message (id, conversation_id, seq, author, text, body, channel, in_reply_to,
            created_at)
        SELECT 'twice', conversation.id, conversation.last_seq, author, text, body,
            message.channel, in_reply_to, message.created_at
        FROM message JOIN conversation ON conversation.id = conversation_id
        WHERE in_reply_to = ({ANSWERED}) LIMIT 1
    """,
    "turns handed off": """
        INSERT INTO handoff (id, conversation_id, visitor_id, purpose, channel, contact_point_id,
            scope_id, grant_event_id, state, requested_at)
        SELECT 'twice', conversation_id, visitor_id, purpose, channel, contact_point_id,
            scope_id, grant_event_id, 'handed_back', requested_at
        FROM handoff LIMIT 1
    """,
    " failed": f"UPDATE turn SET outcome = 'failed' WHERE message_id = ({ANSWERED})",
    "ledger, row 1:": "UPDATE consent_event SET method = 'other' WHERE seq = 1",
}
GUARDS = (
    "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    " AND tbl_name IN ('consent_event', 'handoff')"
)


@pytest.mark.parametrize("seen_as", DAMAGE)
def test_check_sees_damage(crashed: Run, tmp_path: Path, seen_as: str) -> None:
    copy = tmp_path / "data"
    shutil.copytree(crashed.data_dir, copy)
    connection = sqlite3.connect(copy / "askfirst.db")
    for (guard,) in connection.execute(GUARDS).fetchall():  # they would refuse some of it
        connection.execute(f"DROP TRIGGER {guard}")
    connection.executescript(DAMAGE[seen_as])
    connection.close()
    problems = crashes.check(copy, crashed.record).problems()
    assert any(seen_as in problem for problem in problems), problems
