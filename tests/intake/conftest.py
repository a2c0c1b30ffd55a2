import pytest

from seedmask.intake import write
from seedmask.intake.chain import MaskChain
from seedmask.intake.scan import scan_folder
from seedmask.testing.formats import write_mask, write_picture


@pytest.fixture(autouse=True)
def without_looking(monkeypatch):
    """No saliency of the pictures, which does not change how labels are read; `test_chain` has tests of it."""
    monkeypatch.setattr(write, "chosen_chain", lambda contents, cores: MaskChain("maps", "nothing was looked at"))


@pytest.fixture
def folder(tmp_path):
    """Makes files by name below a folder: pictures, masks with a number, and texts; the scan_folder of it."""

    def make(*pictures, masks=None, **texts):
        for name in pictures:
            write_picture(tmp_path / name)
        for name, value in (masks or {}).items():
            write_mask(tmp_path / name, value)
        for name, text in texts.pop("texts", {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return scan_folder(tmp_path)

    return make
