"""Articles of a made-up bicycle hire with everything a passage may hold, and a server with them."""

from __future__ import annotations

from pathlib import Path

from tests.knowledge.samples import write_articles

LOCK = (
    """---
title: The smart lock
reviewed: 2026-10-12
---
# The smart lock

## The smart lock does not open

"""
    + "The smart lock has a battery of its own that lasts for about two months of daily use. "
    "It gets weak in frost, and then the light on the smart lock blinks red. A bicycle that stands "
    "outside for a week in winter needs a moment in the warmth. Rain does the smart lock no harm. "
    "The telephone must be within three metres, and its own settings must let the app see the "
    "smart lock. Somebody else's telephone can't do it, because a hire belongs to one telephone. "
    "The app says which bicycle it is looking for; compare that number with the plate under the "
    "saddle. If the numbers differ you stand in front of another one, and its lock stays shut.\n"
    + """
1. Switch Bluetooth off and on again; hold the telephone against the smart lock for ten seconds.
2. Close the app and open it again; the last hire is still there.
3. Press the **red button** under the saddle until the light turns green.
4. Type `unlock now` in the app if the light stays red.

![A smart lock with its light](lock.png)
"""
)

PLANS = """---
title: Plans compared
reviewed: 2026-09-01
---
# Plans compared

## Day plan or month plan

Which plan fits depends on how often you ride a bicycle.

### Plans side by side

| plan | price of the plan | longest ride | days a week | bicycles at once |
|---|---|---|---|---|
| Day plan | 4 euros | 12 hours | one | one |
| Month plan | 29 euros | 24 hours | seven | two |
| Family plan | 49 euros | 24 hours | seven | five |
"""

HELMETS = """---
title: Helmets
reviewed: 2026-10-12
---
# Helmets are tested

Every helmet is tested for impact by an independent laboratory. The report is published every year.
"""

TYRES = """# Tyres are recycled

Old tyres are recycled into playground floors. None of them is burnt.
"""

LEAVE = """---
title: Cancel your plan
---
# Cancel your plan

Cancel the plan on [your account page](https://hire.example/account) with one press. It ends
at once.
"""

API = """---
title: Read the ride data
reviewed: 2026-08-20
---
# Read the ride data

Fetch the ride data of your company with one command, and put your own key into it:

```sh
curl --header "Authorization: Bearer YOUR_KEY" https://hire.example/api/v1/companies/42/rides?from=2026-08-01
```

The answer is JSON. A ride that goes on has no end in it.
"""

STORAGE = """---
title: Winter storage with Example Storage
affiliate: Example Storage
reviewed: 2026-08-20
---
# Winter storage

Example Storage keeps bicycles dry in winter. Book a place on [their page](https://storage.example/book).
"""

RULES = (
    "# House rules of the workshop\n\nThese are the house rules, in the order of their age:\n\n"
    + (
        "\n".join(
            f"1. Workshop rule: {words} in the workshop, and tell the foreman of the workshop "
            "about it before you go home, so that nobody has to look for it the next morning."
            for words in (
                "put every spanner back",
                "wipe the stand",
                "close the oil",
                "sweep the floor",
                "charge the lamps",
                "lock the chemicals away",
                "switch the compressor off",
                "hang the wheels up",
                "empty the bin",
                "count the keys",
                "water the cactus",
                "feed the cat",
            )
        )
    )
)

LONG = "# Museum of bicycles\n\n" + (
    "\n".join(
        ["| year | bicycle in the museum | country |", "|---|---|---|"]
        + [
            f"| {year} | museum bicycle number {year - 1899} | Country {year % 7} |"
            for year in range(1900, 1960)
        ]
    )
)

ARTICLES = {
    "en/lock.md": LOCK,
    "en/plans.md": PLANS,
    "en/helmets.md": HELMETS,
    "en/tyres.md": TYRES,
    "en/leave.md": LEAVE,
    "en/api.md": API,
    "en/storage.md": STORAGE,
    "en/rules.md": RULES,
    "en/museum.md": LONG,
}  # fmt: skip


def write_shown(folder: Path) -> Path:
    """Write the articles below a folder and return it."""
    return write_articles(folder, ARTICLES)
