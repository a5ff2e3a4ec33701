"""docs/protocol.md shows an example of every message, and every example is true."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import TypeAdapter

from sessions.live import protocol

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
FROM_CLIENT = get_args(get_args(protocol.FromClient)[0])
TO_CLIENT = get_args(protocol.ToClient)


def examples() -> list[dict[str, object]]:
    found = []
    decoder = json.JSONDecoder()
    for block in re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
        rest = block.strip()
        while rest:
            value, end = decoder.raw_decode(rest)
            found.append(value)
            rest = rest[end:].strip()
    return found


@pytest.mark.parametrize("model", FROM_CLIENT + TO_CLIENT, ids=lambda model: model.__name__)
def test_every_message_has_a_true_example(model: type[protocol.Message]) -> None:
    name = model.model_fields["type"].default
    shown = [example for example in examples() if example["type"] == name]
    assert shown, f"docs/protocol.md shows no {name}"
    for example in shown:
        read = TypeAdapter(model).validate_python(example)
        assert json.loads(read.model_dump_json(include=set(example))).keys() == example.keys()


def test_the_document_shows_nothing_that_does_not_exist() -> None:
    names = {model.model_fields["type"].default for model in FROM_CLIENT + TO_CLIENT}
    assert {example["type"] for example in examples()} == names
