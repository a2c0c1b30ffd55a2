"""Packages that bring methods, as `pip` would install them: a module or two, and a folder with what they are."""

from pathlib import Path


def install(site: Path, name: str, files: dict[str, str], entry_points: dict[str, dict[str, str]]) -> None:
    """Put a package into a folder of packages.

    Args:
        site: the folder, to be put on the path.
        name: of the distribution.
        files: text of each module, by its path.
        entry_points: value of each, by group (`masks`) and name.
    """
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    facts = site / f"{name.replace('-', '_')}-0.1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
    groups = [
        "\n".join([f"[seedmask.{group}]", *(f"{key} = {value}" for key, value in points.items())])
        for group, points in entry_points.items()
    ]
    (facts / "entry_points.txt").write_text("\n".join(groups) + "\n")
