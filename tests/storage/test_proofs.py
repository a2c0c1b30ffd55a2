import pytest

from seedmask.errors import SeedmaskError
from seedmask.storage.records import proof_of, proved_files, read_proved, write_proved


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "report" / "scores.csv"
    write_proved(path, b"split,miou\ntrain,0.5\n")
    return path


def test_a_file_stays_as_it_is_and_is_read_back(table):
    assert read_proved(table) == table.read_bytes() == b"split,miou\ntrain,0.5\n"
    assert list(proved_files(table.parents[1])) == [table]


@pytest.mark.parametrize("damaged", ["table", "proof"])
def test_every_flipped_byte_is_refused(table, damaged):
    path = table if damaged == "table" else proof_of(table)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(SeedmaskError, match=r"scores\.csv"):
            read_proved(table)


def test_a_missing_file_and_a_missing_proof_are_named(table):
    proof_of(table).unlink()
    with pytest.raises(SeedmaskError, match=r"proofs/scores\.csv\.json: is missing"):
        read_proved(table)
    table.unlink()
    with pytest.raises(SeedmaskError, match=r"scores\.csv: is missing, so the run is not complete; run snakemake"):
        read_proved(table)
