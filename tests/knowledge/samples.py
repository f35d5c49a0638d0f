"""Small articles about the assistant itself, for tests of knowledge and the help centre."""

from __future__ import annotations

from pathlib import Path

WEBSITE = """---
title: Put the assistant on your website
reviewed: 2026-11-01
owner: Support
keywords: [site, embed, install, widget]
---
# Put the assistant on your website

Add one line to the pages on which visitors should be able to ask:

```html
<script src="https://help.example.org/widget.js" defer></script>
```

## Allow your site

The assistant answers only sites that you name. Set the exact origin, for example `https://www.example.org`.

## Without JavaScript

Link to the plain page. It is the same assistant, see
[how to withdraw](permissions.md#withdraw-a-permission).
"""

PERMISSIONS = """---
reviewed: 2026-10-12
keywords: consent, opt out, agree
---
# What you agreed to <a name="agreed"></a>

Nothing is sent to you unless you said yes to it. Every yes is for one purpose.

## Withdraw a permission

Type "stop" on any channel. Every permission ends at once.
"""

HOURS = """# Opening hours of the desk

People answer on working days from nine to five.

| day | hours |
|---|---|
| Monday | 9 to 5 |
| Friday | 9 to 4 |
"""

HOSTING = """---
affiliate: Example Hosting
keywords: [hosting, rent a server]
---
# Rent a machine

Example Hosting rents machines on which the assistant runs.
"""

WEBSITE_NL = """---
title: Zet de assistent op uw website
reviewed: 2026-11-01
keywords: [site, inbouwen, widget]
---
# Zet de assistent op uw website

Voeg één regel toe aan de pagina's waarop bezoekers iets moeten kunnen vragen.
"""

ARTICLES = {
    "en/website.md": WEBSITE,
    "en/permissions.md": PERMISSIONS,
    "en/contact/hours.md": HOURS,
    "en/hosting.md": HOSTING,
    "nl/website.md": WEBSITE_NL,
}


def write_articles(folder: Path, articles: dict[str, str]) -> Path:
    """Write files below a folder, byte for byte, and return the folder."""
    for name, text in articles.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder
