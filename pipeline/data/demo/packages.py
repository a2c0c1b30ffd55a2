"""The pinned Debian packages that the pictures come from."""

from dataclasses import dataclass

PICTURES = (".png", ".jpg", ".jpeg", "/copyright")
"""Endings of pictures and of the licence; the sounds of the stamps are most of their package."""


@dataclass(frozen=True)
class Package:
    """One pinned Debian package."""

    name: str
    version: str
    sha256: str
    megabytes: int
    """Size of the download."""
    licence: str
    kept: tuple[str, ...] = PICTURES
    """Endings of what is unpacked."""
    option: str = "--stamps"
    """Option of the command that takes a folder in which it is unpacked."""

    @property
    def remedy(self) -> str:
        """What to do where it cannot be had."""
        return (
            "download and unpack the packages on a machine that has them (`apt-get download NAME`, "
            f"`dpkg-deb -x FILE DIR`) and name the folder with {self.option} DIR"
        )


PACKAGES = (
    Package(
        "tuxpaint-stamps-default",
        "2022.06.04-1",
        "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
        161,
        "GPL-2 as a whole; single pictures public domain, GPL, GFDL, CC-BY, CC-BY-SA",
    ),
    Package(
        "tuxpaint-data",
        "1:0.9.28-sdl2-1",
        "f5d0de8f9a70d2efc1241d19f26168cb8bf279f1b77abd3631e7a1a55c40e5e5",
        8,
        "GPL-2 or later",
    ),
    Package(
        "lomiri-wallpapers-16.04",
        "20.04.0-2",
        "a99ff6a3bfe451e4cc0682ecb3cc82e71740626d59e4845ae34a0a0e45421eab",
        16,
        "CC-BY-4.0, CC-BY-SA-4.0 or CC0-1.0, by file",
    ),
    Package(
        "mate-backgrounds",
        "1.26.0-1",
        "7bf4c2209f34b4f61ba6d24c8b58c28b361e82e4b943aae6d42c030169af9e04",
        47,
        "GPL-2 or later",
    ),
)
