"""The runbook has a section for each alert, and what it tells people to type is there to be typed."""

from __future__ import annotations

import re

import pytest

from app.commands.models import models
from tests.monitoring.rules import list_alerts
from tests.support.running_server import ROOT

TEXT = (ROOT / "docs" / "runbook.md").read_text()
ALERTS = {alert["alert"]: alert for alert in list_alerts()}
SECTIONS = dict(re.findall(r"^## (\w+)\n\n(.+?)(?=\n## |\Z)", TEXT, flags=re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"flask (?:--app wsgi )?models (\w+)((?: --\w+)*)", TEXT)
DOCUMENTS = sorted((ROOT / "docs").glob("*.md"))


def list_anchors(document: str) -> set[str]:
    """Return the anchors of a document's headings, as they are made of them where documents are shown."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / document).read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_each_alert_has_a_section_in_the_rules_order() -> None:
    assert list(SECTIONS) == list(ALERTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_a_section_says_what_somebody_who_was_woken_needs(alert: str) -> None:
    section = SECTIONS[alert]
    assert section.startswith(f"**{ALERTS[alert]['labels']['severity'].capitalize()}.** *Users:*")
    assert [word for word in ("*Look:*", "*Do:*", "ake") if word not in section] == []


def test_its_commands_exist_with_their_options() -> None:
    assert {name for name, _ in COMMANDS} <= set(models.commands)
    options = {name: {option for each in models.commands[name].params for option in each.opts} for name, _ in COMMANDS}
    assert [(name, given) for name, given in COMMANDS if not set(given.split()) <= options[name]] == []


@pytest.mark.parametrize("document", [path.name for path in DOCUMENTS])
def test_its_links_lead_somewhere(document: str) -> None:
    links = re.findall(r"\]\(([^):]*)\)", (ROOT / "docs" / document).read_text())
    for link in links:
        path, _, anchor = link.partition("#")
        assert (ROOT / "docs" / (path or document)).exists(), link
        assert not anchor or anchor in list_anchors(path or document), link
