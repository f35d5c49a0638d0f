"""Articles that show what the small samples do not: folders, questions, hostile words."""

from __future__ import annotations

FAQ = """---
title: Questions about <b>invoices</b> & "payment"
reviewed: 2026-03-04
---
# Questions about invoices

Everything about paying. It is short.

## When do I get my invoice?

On the first working day of the month, see [the website](../website.md#allow-your-site).

### In December

A week earlier.

## Why is there `</script><script>alert(1)</script>` on it?

- Because somebody <!-- hidden --> tried.
- It does <img src=x onerror=alert(1)> nothing.
"""

REFUND = """# Refunds & returns

We pay back within fourteen days! Ask us. And so on.
"""

BILLING_INDEX = """# Bills and money

All about **bills**: what they say. A second sentence.

First of all:

- [Refunds](refund.md)
- [Late](late/reminders.md)
- [Elsewhere](https://www.example.org/help/en/billing/faq)
"""

MORE = {
    "en/Billing/faq.md": FAQ,
    "en/Billing/refund.md": REFUND,
    "en/Billing/_index.md": BILLING_INDEX,
    "en/Billing/abroad/taxes.md": "---\nreviewed: 2026-05-06\n---\n# Taxes abroad\n\nPaid there.\n",
    "en/Billing/late/reminders.md": "# Reminders\n\n```\nno sentence\n```\n",
    "nl/Billing/refund.md": "---\nreviewed: 2026-05-07\n---\n# Geld terug\n\nBinnen 14 dagen.\n",
}
