"""What stands in the log, in the words of people, and back."""

from __future__ import annotations

import pytest

from bot.console.words import subject_of, subject_words
from tests.console_kit import Site


@pytest.mark.parametrize("subject", ["user:zhang", "kb:12", "kb:loan-fee", "plan:weekly", "x"])
def test_what_a_line_is_about_is_found_as_it_is_shown(subject: str) -> None:
    assert subject_of(subject_words(subject)) == subject
    assert subject_of(subject) == subject


def test_the_log_is_searched_in_those_words(site: Site) -> None:
    now = site.clock.now()
    site.store.audit.note("admin", "user_roles", "user:zhang", "改了 zhang", now)
    site.store.audit.note("admin", "user_roles", "user:li", "改了 li", now)
    shown = site.visitor("admin").get("/console/audit/", query_string={"subject": "用户 zhang"})
    text = shown.get_data(as_text=True)
    assert "改了 zhang" in text
    assert "改了 li" not in text
    assert 'value="用户 zhang"' in text
