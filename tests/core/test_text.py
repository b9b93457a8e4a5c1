from xml.etree import ElementTree

import pytest

from landmark.core.text import xml_text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a & b <c>.jpg", "a & b <c>.jpg"),
        (
            "\U0001f468\u200d\U0001f469 a\u00a0b\tc.jpg",
            "\U0001f468\u200d\U0001f469 a\u00a0b\tc.jpg",
        ),  # invisible, and allowed
        ("bell\a.jpg", "bell\ufffd.jpg"),
        ("F\udce8s \ufffe.jpg", "F\ufffds \ufffd.jpg"),
    ],
)
def test_any_name_can_stand_in_xml(text: str, read: str) -> None:
    assert ElementTree.fromstring(f"<name>{xml_text(text)}</name>").text == read
