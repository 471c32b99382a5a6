"""Table Settings: keys, and lost answers of storage."""

from typing import Any

import pytest

from sspr_core.adapters.storage import Storage
from sspr_core.adapters.storage_errors import RowConflict
from sspr_core.adapters.tables.operator_settings import words_key
from sspr_core.adapters.tables.table import Table
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import Conflict
from sspr_core.model.ids import EVERY_TENANT
from tests.builders import HOUR, MONDAY


def test_versions_sort_as_text_as_they_do_as_numbers() -> None:
    keys = [words_key("reminder", "de", version) for version in (1, 9, 10, 99_999, 100_000)]

    assert keys == sorted(keys)
    assert keys[0] == "words:reminder:de:000001"


async def test_a_write_whose_answer_was_lost_is_not_taken_for_somebody_elses(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Table.transaction

    async def lost_and_repeated(self: Table, operations: list[tuple[Any, ...]]) -> None:
        await really(self, operations)
        raise RowConflict(0)

    monkeypatch.setattr(Table, "transaction", lost_and_repeated)

    saved = await storage.own.save_words(None, "reminder", "de", Words(subject="Eins"), by="olga", at=MONDAY)

    assert saved == await storage.own.words(EVERY_TENANT, None, "reminder", "de", version=1)


async def test_the_same_words_of_somebody_else_are_somebody_elses(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, table = Table.transaction, storage.own

    async def overtaken(self: Table, operations: list[tuple[Any, ...]]) -> None:
        monkeypatch.setattr(Table, "transaction", really)
        await table.save_words(None, "reminder", "de", Words(subject="Eins"), by="eva", at=MONDAY + HOUR)
        await really(self, operations)

    monkeypatch.setattr(Table, "transaction", overtaken)

    with pytest.raises(Conflict):
        await storage.own.save_words(None, "reminder", "de", Words(subject="Eins"), by="olga", at=MONDAY)
