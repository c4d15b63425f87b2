from __future__ import annotations

import pytest
from gunicorn.config import Config

from app.server.application import ServiceApplication
from app.server.master import ServiceMaster


@pytest.fixture
def application() -> ServiceApplication:
    """Return an application with gunicorn's defaults, which has read no file."""
    application = ServiceApplication.__new__(ServiceApplication)
    application.cfg = Config()
    return application


def test_runs_our_master(application: ServiceApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[object] = []
    monkeypatch.setattr(ServiceMaster, "__init__", lambda master, application: ran.append(application))
    monkeypatch.setattr(ServiceMaster, "run", lambda master: ran.append(type(master)))
    application.run()
    assert ran == [application, ServiceMaster]


def test_heeds_the_options_of_gunicorn(application: ServiceApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServiceApplication, "load", lambda application: None)
    monkeypatch.setattr(ServiceMaster, "run", lambda master: pytest.fail("it was only to check"))
    application.cfg.set("check_config", True)
    with pytest.raises(SystemExit, match="^0$"):
        application.run()


def test_says_what_keeps_the_master_from_running(
    application: ServiceApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("Already running on PID 1")

    monkeypatch.setattr(ServiceMaster, "__init__", refuse)
    with pytest.raises(SystemExit) as ended:
        application.run()
    assert ended.value.code == "\nError: Already running on PID 1\n"
