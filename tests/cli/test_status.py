import subprocess
import sys
from pathlib import Path

import pytest
from progress_kit import finish, make_plan, write_events
from results_kit import make_run
from typer.testing import CliRunner

from seedmask.cli import app
from seedmask.events import Failed


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return make_plan()


def status(*arguments):
    return CliRunner().invoke(app, ["status", *arguments])


def lines(result):
    assert result.exit_code == 0, result.output
    return [line.split() for line in result.output.splitlines()]


def test_status_of_a_run_that_nobody_started(plan):
    table = lines(status())
    assert [line[1] for line in table[1:]] == ["waiting"] * 8
    assert not Path("results").exists()


def test_status_shows_a_run_in_the_making(plan):
    finish(plan, "seeds/cam", "0000", "0001")
    write_events(plan, "seeds/cam", shard="0002")
    assert ["seeds/cam", "running", "2/3", "6/9", "1.5", "0:02"] in lines(status("config.yaml"))


def test_status_ends_with_what_failed_in_full(plan):
    finish(plan, "seeds/cam", "0000")
    message = "seeds/cam shard 0001: error: 2 problems\n  [a.png]: torn; mend it\n  b.png: torn"
    write_events(plan, "seeds/cam", Failed(message=message), shard="0001")
    output = status().output
    assert output.endswith(f"\n{message}\n")


def test_status_takes_the_file_that_was_run(plan):
    Path("config.yaml").rename("other.yaml")
    assert lines(status("other.yaml"))
    missing = status()
    assert missing.exit_code == 1
    assert "there is neither config.yaml nor a folder of results here; expected a configuration" in missing.output


def test_status_of_a_folder_is_that_of_the_configuration_which_names_it(plan):
    finish(plan, "seeds/cam", "0000")
    Path("config.yaml").rename("other.yaml")
    assert status("results/cows").output == status("other.yaml").output == status().output


def test_watching_shows_lines_where_there_is_no_terminal_until_all_is_done(plan, monkeypatch):
    def make_all(_):
        for reference in ("seeds/cam", "masks/crf"):
            finish(plan, reference, "0000", "0001", "0002")
        finish(plan, "classifiers/cam")
        for name in (*plan.index(), *plan.tables(), plan.page.beside("images.csv"), plan.page.path):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).touch()
        for name in (
            *map(plan.evaluation.scores, plan.evaluation.scored()),
            *map(plan.evaluation.tags, plan.evaluation.tested_classifiers()),
        ):
            Path(name).parent.mkdir(parents=True)
            Path(name).touch()

    monkeypatch.setattr("time.sleep", make_all)
    write_events(plan, "seeds/cam", shard="0000")
    output = status("--watch", "--every", "0.5").output
    assert "seeds/cam: started, 3 shards\n" in output
    assert "seeds/cam: done, 3 of 3 shards, 1.5 images/s\n" in output
    assert output.endswith("report: done\n")


def test_status_needs_no_torch(plan):
    code = "import sys; from seedmask.cli import app; app(['status'], standalone_mode=False); "
    code += "sys.exit(str({'torch', 'numpy', 'zarr', 'scipy', 'timm'} & set(sys.modules) or ''))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.stderr.strip() == ""


def test_status_names_a_changed_list_of_classes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_run()
    for name in ("tags.csv", "classes.txt"):
        path = Path("pictures") / name
        path.write_text(path.read_text().replace("cow & calf", "cattle"))
    output = status().output
    assert "the list of classes changed since the index was made: cow & calf, sheep, now cattle, sheep" in output
    states = {line[0]: line[1] for line in map(str.split, output.splitlines()) if len(line) > 1}
    assert {states[name] for name in ("index", "classifiers/cam", "seeds/cam", "predictions/crf")} == {"stale"}
