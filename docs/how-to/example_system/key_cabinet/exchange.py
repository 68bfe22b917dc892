"""Outside formats: the list of keys as a CSV file, ``number;opens``."""

import csv
from collections.abc import Iterator
from pathlib import Path


def read_keys(path: Path) -> Iterator[tuple[str, str]]:
    """(number, opens) of each line. ValueError names the line that does not read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line, row in enumerate(csv.reader(file, delimiter=";"), 1):
            if len(row) != 2 or not all(cell.strip() for cell in row):
                raise ValueError(f"{path}, line {line}: two columns are wanted, number;opens")
            yield row[0].strip(), row[1].strip()
