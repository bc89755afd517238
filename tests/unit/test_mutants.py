"""The table of mutants fits the code as it is."""

from pathlib import Path

from tools.mutants import read_mutants

ROOT = Path(__file__).parents[2]


def test_each_edit_has_its_place_and_its_tests() -> None:
    """A text that is there exactly once, another one instead, and unit tests that there are."""
    mutants = read_mutants()
    for name, edit, tests in mutants:
        assert (ROOT / edit.file).read_text().count(edit.text) == 1, name
        assert edit.instead != edit.text, name
        assert tests, name
        for test in tests:
            assert (ROOT / f"tests/unit/test_{test}.py").is_file(), name
    assert len({mutant.name for mutant in mutants}) == len(mutants) >= 30
