"""A stranger repeats a count with Python alone, and finds every change."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from random import Random

import pytest

from mycenas.core.canonical import canonical_bytes, sha256
from submissions.judging.counting.methods import METHODS, count, results_zip
from submissions.judging.counting.script import replay_script
from tests.submissions.judging.counting.rounds import comparisons, round_bytes, score

MOST_LINES = 400
EVERY = [f"E{n}" for n in range(6)]


def example(method, ties=()) -> bytes:
    """A round with readings of three jurors."""
    random = Random(7)
    jurors = ["J1", "J2", "J3"]
    parameters: dict = {}
    if method == "weighted":
        scale = {"low": "1", "high": "10", "step": "1"}
        names = ("craft", "idea")
        criteria = [{"id": name, "weight": "1.5", **scale} for name in names]
        parameters = {"aggregate": "additive_fit", "criteria": criteria}
        digits = random.choices(range(1, 11), k=36)
        rows = [score(j, e, digits.pop(), digits.pop()) for j in jurors for e in EVERY]
    elif method == "yes_no_maybe":
        votes = ("yes", "no", "maybe")
        pairs = [(j, e) for j in jurors for e in EVERY]
        rows = [
            {"juror": j, "entry": e, "vote": random.choice(votes)} for j, e in pairs
        ]
    elif method == "bradley_terry":
        rows = comparisons(random, 6, 20)
    else:
        rows = [{"juror": j, "ranking": random.sample(EVERY, 6)} for j in jurors]
        extra: dict = {"count": 2} if method == "stv" else {"unranked": []}
        rows = [row | extra for row in rows]
        parameters = {"seats": 2} if method == "stv" else {}
    return round_bytes(method, rows, parameters=parameters, ties=ties, quorum=4)


def run(folder, package: bytes, *published: str):
    """Only what is in the package, and Python without any installed packages."""
    (folder / "results.zip").write_bytes(package)
    with zipfile.ZipFile(io.BytesIO(package)) as found:
        found.extract("replay.py", folder)
    return subprocess.run(
        [sys.executable, "-I", "-S", "replay.py", "results.zip", *published],
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )


def repacked(package: bytes, **changed: bytes) -> bytes:
    """The package with other files under these names (with _ for the dot)."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as before,
        zipfile.ZipFile(buffer, "w") as after,
    ):
        for name in before.namelist():
            after.writestr(name, changed.get(name.replace(".", "_"), before.read(name)))
    return buffer.getvalue()


@pytest.mark.parametrize("method", METHODS)
def test_python_alone_makes_the_same_bytes(method, tmp_path):
    inputs = example(method)
    done = run(tmp_path, results_zip(inputs), sha256(count(inputs)).upper())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"inputs.json {sha256(inputs)}",
        f"result.json {sha256(count(inputs))}",
        "The result is reproduced byte for byte.",
    ]


@pytest.mark.parametrize("method", METHODS)
def test_the_program_can_be_read(method):
    text = replay_script(METHODS[method])
    assert len(text.splitlines()) < MOST_LINES
    assert "mycenas.core.canonical import" not in text
    assert str(METHODS[method].__doc__).strip() in text


def test_the_same_inputs_are_the_same_package():
    inputs = example("borda")
    assert results_zip(inputs) == results_zip(inputs)


def score_changed(document) -> None:
    document["readings"][0]["values"]["craft"] = "10"


def score_omitted(document) -> None:
    document["readings"].pop()


def juror_renamed(document) -> None:
    document["jurors"] = ["J1", "J2", "J4"]
    for row in document["readings"]:
        row["juror"] = row["juror"].replace("J3", "J4")


CHANGES = [score_changed, score_omitted, juror_renamed]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_inputs_is_found(change, tmp_path):
    inputs = example("weighted")
    document = json.loads(inputs)
    change(document)
    changed = canonical_bytes(document)
    assert changed != inputs
    done = run(tmp_path, repacked(results_zip(inputs), inputs_json=changed))
    assert done.returncode == 1
    assert "inputs.json is not the document" in done.stdout


@pytest.mark.parametrize("change", CHANGES)
def test_a_package_that_was_made_anew_is_not_the_published_one(change, tmp_path):
    inputs = example("weighted")
    document = json.loads(inputs)
    change(document)
    other = results_zip(canonical_bytes(document))
    assert run(tmp_path, other).returncode == 0
    done = run(tmp_path, other, sha256(count(inputs)))
    assert done.returncode == 1
    assert "not the result that was published" in done.stdout


def test_a_changed_result_is_found(tmp_path):
    inputs = example("borda")
    document = json.loads(count(inputs))
    document["ranking"].reverse()
    wrong = repacked(results_zip(inputs), result_json=canonical_bytes(document))
    done = run(tmp_path, wrong)
    assert done.returncode == 1
    assert "does not make result.json" in done.stdout


def test_what_is_no_package_is_refused_with_a_sentence(tmp_path):
    package = results_zip(example("borda"))
    broken = repacked(package, inputs_json=b"{}")
    assert run(tmp_path, broken).returncode == 1
    assert "canonical" in run(tmp_path, broken).stdout
    (tmp_path / "empty").mkdir()
    done = run(tmp_path / "empty", package, "digest", "more")
    assert (done.returncode, done.stderr[:7]) == (2, "python3")
