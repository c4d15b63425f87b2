"""The image with more libraries: those for boosting, and what requirements/model.txt names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docker.clones import run_git, run_make
from tests.docker.conftest import BUILD_OPTIONS
from tests.docker.engine import Engine
from tests.docker.notes import Note
from tests.support.running_server import ROOT

IMAGE = "ml-service:boosting"
# Of those that are locked here, one that serving does without.
OWN_LIBRARY = "sortedcontainers"
SERVE_EACH = """
import json, os, subprocess, sys, time, urllib.error, urllib.request
import joblib, numpy, pandas, sortedcontainers
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from xgboost import XGBClassifier

frame = pandas.DataFrame(numpy.random.default_rng(0).normal(size=(200, 3)), columns=list("abc"))
y = (frame.a + frame.b > 0).astype(int)
frame.assign(label=y).to_csv("/tmp/sample.csv", index=False)
models = {
    "xgboost": XGBClassifier(n_estimators=5),
    "lightgbm": LGBMClassifier(n_estimators=5, verbose=-1),
    "catboost": CatBoostClassifier(iterations=5, verbose=False, allow_writing_files=False),
}

def ask(body):
    url = "http://127.0.0.1:8000/predict?digits=17"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    for _ in range(600):
        try:
            return json.load(urllib.request.urlopen(request))
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    sys.exit("no answer")

for name, model in models.items():
    joblib.dump(model.fit(frame, y), f"/tmp/{name}.joblib")
    command = ["flask", "models", "import", f"/tmp/{name}.joblib", "--data", "/tmp/sample.csv", "--target", "label"]
    subprocess.run([*command, "--version", name], check=True)
    server = subprocess.Popen([sys.executable, "-m", "app"])
    answer = ask({"features": frame.iloc[0].to_dict()})
    server.terminate()
    expected = [float(share) for share in model.predict_proba(frame[:1])[0]]
    assert [*answer["probabilities"].values()] == expected, (answer, expected)
    assert (answer["model_version"], server.wait()) == (name, 0)
    print("served by the image:", name)
"""


@pytest.fixture(scope="module")
def boosting_image(builder: Engine, image: str, clone: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the image that `make image BOOSTING_LIBRARIES=1` builds where there is a requirements/model.txt."""
    folder = tmp_path_factory.mktemp("clones") / "boosting"
    run_git(clone, "worktree", "add", "--detach", str(folder))
    locked = re.search(rf"^{OWN_LIBRARY}==.*(?:\n +--hash.*)+", (ROOT / "requirements/dev.txt").read_text(), re.M)
    assert locked is not None
    (folder / "requirements" / "model.txt").write_text(f"{locked[0]}\n")
    arguments = ("image", f"IMAGE_TAG={IMAGE}", "BOOSTING_LIBRARIES=1")
    made = run_make(folder, *arguments, environment=builder.environment, BUILD_OPTIONS=BUILD_OPTIONS)
    assert made.returncode == 0, made.stdout
    return IMAGE


def test_serves_models_of_every_library_as_they_answer_themselves(
    builder: Engine, boosting_image: str, note: Note
) -> None:
    limits = ["--network", "none", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"]
    environment = ["--env", "ARTIFACT_DIR=/tmp/artifacts", "--env", "WEB_CONCURRENCY=1"]
    printed = builder.run("run", "--rm", *limits, *environment, boosting_image, "python", "-c", SERVE_EACH)
    served = re.findall(r"^served by the image: (\w+)$", printed, re.M)
    assert served == ["xgboost", "lightgbm", "catboost"]
    size = int(builder.run("image", "inspect", "--format", "{{.Size}}", boosting_image)) / 1e6
    note(f"image with the boosting libraries: {size:.0f} MB with its base")
