"""Which needs are treated alike, and the kinds of questions that are asked about a need.

The needs themselves are named in `domain.yml`; docs/developer.md says what each means.
"""

from __future__ import annotations

FALLBACK, OUT_OF_SCOPE, STOP = "nlu_fallback", "out_of_scope", "stop_contacting_me"
FORGET, PERSON, SHOW = "forget_me", "ask_person", "show_my_data"
# Needs on which the assistant does more than answer; a guess is not enough for them.
ACTING = frozenset({PERSON, "ask_follow_up", STOP, SHOW, FORGET, "my_permissions"})
# Needs that are all met by searching the articles: to ask between two of them would change nothing.
SEARCHED = frozenset(
    {
        "learn_how",
        "fix_problem",
        "get_started",
        "find_information",
        "compare_options",
        "check_claim",
        "find_price",
        "check_status",
        "billing_question",
        "account_access",
        "change_something",
        "leave_or_cancel",
        "refund_or_return",
        "complain",
        "accessibility_need",
        "privacy_question",
    }
)
ANSWERS = frozenset({"affirm", "deny", "not_now"})

# Kinds of a pending question that no permission hangs on: which need, and other words please.
WHICH_NEED, REPHRASE = "need", "rephrase"
# And the kind of none: in a conversation in which nothing was asked.
NOTHING = "nothing"
