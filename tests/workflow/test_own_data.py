"""A folder of pictures with tags and nothing else: no masks, no second split."""

import shutil

from workflow_kit import Workspace


def tagged_folder(workspace: Workspace) -> None:
    """The procedural pictures as a user keeps them: in two folders, with a table of tags as a spreadsheet writes it."""
    shapes, folder = workspace.folder / "shapes", workspace.folder / "mine"
    lines = ["image,tags"]
    for number, picture in enumerate(sorted((shapes / "JPEGImages").glob("train_*"))[:8]):
        place = f"{'ab'[number % 2]}/{number}.jpg"
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, folder / place)
        names = [
            line for line in (shapes / "Annotations" / f"{picture.stem}.xml").read_text().split() if "<name>" in line
        ]
        lines.append(",".join([place, *sorted({name[6:-7] for name in names})]))
    (folder / "tags.csv").write_bytes(("\ufeff" + "\r\n".join(lines) + "\r\n\r\n").encode())


def test_the_workflow_runs_without_truth(tmp_path):
    workspace = Workspace(tmp_path)
    tagged_folder(workspace)
    workspace.config["dataset"] = {"name": "shapes", "format": "folder", "root": "mine"}
    workspace.config["segmenters"]["crf"]["epochs"] = 1
    workspace.run()
    page = (workspace.results / "report" / "index.html").read_text()
    assert "no truth masks: nothing to score" in page
    assert len([name for name in workspace.digests() if name.startswith("predictions/crf ")]) == 8


def test_every_bad_picture_and_tag_is_told_before_anything_else_runs(tmp_path):
    workspace = Workspace(tmp_path)
    tagged_folder(workspace)
    folder = workspace.folder / "mine"
    (folder / "a" / "0.jpg").write_bytes(b"")
    (folder / "b" / "1.jpg").unlink()
    table = (folder / "tags.csv").read_text(encoding="utf-8-sig")
    (folder / "classes.txt").write_text("disc\nbox\ntriangle\nring\nstar\n")
    (folder / "tags.csv").write_text(table.replace("a/2.jpg,", "a/2.jpg,dics,"))
    workspace.config["dataset"] = {"name": "shapes", "format": "folder", "root": "mine"}
    output = workspace.run(succeeds=False)
    assert "3 problems" in output
    assert "mine/a/0.jpg: " in output
    assert "b/1.jpg" in output
    assert 'nearest: "disc"' in output
    assert not (workspace.results / "classifiers").exists() or not list(workspace.results.glob("classifiers/*/*.json"))
