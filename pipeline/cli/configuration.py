"""The configuration that a command is about."""

from pathlib import Path

from pipeline.config.graph import Config, load
from pipeline.errors import SeedmaskError


def read_configuration(files: list[Path]) -> Config:
    """Files merged as `snakemake --configfile` merges them.

    Raises:
        SeedmaskError: a file is missing or no YAML, or what they say together is no configuration.
    """
    import yaml
    from snakemake.utils import update_config

    merged: dict = {}
    for file in files:
        try:
            update_config(merged, yaml.safe_load(file.read_text(encoding="utf-8")) or {})
        except OSError as error:
            raise SeedmaskError(f"{file}: cannot be read ({error.strerror}); name an existing file") from None
        except yaml.YAMLError as error:
            raise SeedmaskError(f"{file}: is not YAML ({error})") from None
    return load(merged, files)
