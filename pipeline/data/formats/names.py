"""Which picture a cell of a table means."""

from collections import defaultdict
from collections.abc import Iterable

from pipeline.data.formats.files import id_of
from pipeline.data.formats.listing import Findings
from pipeline.data.formats.text import nearest


class PictureNames:
    """Finds pictures by relative path or, where that is the only one, by file name; suffix or not."""

    def __init__(self, pictures: Iterable[str]):
        """Take the pictures' relative paths with suffix."""
        self._by_path: dict[str, str] = {}
        self._by_file_name: dict[str, set[str]] = defaultdict(set)
        for path in pictures:
            # A path with suffix wins over an id that looks like one (`cow.jpg`, `cow.jpg.png`).
            self._by_path[path] = id_of(path)
            self._by_path.setdefault(id_of(path), id_of(path))
            file_name = path.rpartition("/")[2]
            self._by_file_name[file_name].add(id_of(path))
            self._by_file_name[id_of(file_name)].add(id_of(path))

    def known(self, name: str) -> str | None:
        """The picture's id; None if the name fits no picture or several."""
        for spelling in (name, name.replace("\\", "/").removeprefix("./")):
            if spelling in self._by_path:
                return self._by_path[spelling]
        candidates = self._by_file_name.get(name, ())
        return next(iter(candidates)) if len(candidates) == 1 else None

    def find(self, name: str, where: str, findings: Findings) -> str | None:
        """The same, and a problem where it is None."""
        if (found := self.known(name)) is not None:
            return found
        candidates = sorted(self._by_file_name.get(name, ()))
        if candidates:
            listed = " and ".join(f'"{candidate}"' for candidate in candidates)
            findings.problem(where, f'"{name}" may be any of the pictures {listed}', "write the name with its folder")
        else:
            near = nearest(name, self._by_path, findings)
            findings.problem(
                where,
                f'"{name}" names no picture{near}',
                "correct the name, restore the picture, or delete the row; cells are separated by commas",
            )
        return None
