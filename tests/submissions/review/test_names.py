"""Names in texts and in bytes, in scripts with spaces and without."""

from __future__ import annotations

import pytest

from submissions.review.names import LEAST_IN_FILE, Name

FOUND = [
    ("Bo Li", "Paper boats, by Bo Li"),
    ("Bo Li", "© LI, BO"),
    ("Ed Ng", "Taken by Ed  Ng."),
    ("Zoe Brule", "Zoë’s harbor"),
    ("Zoë Brûlé", "by Zoe"),
    ("Zoe\u0308", "ZOË"),
    ("Jørgen Ås", "jorgen at dusk"),
    ("Straße Groß", "STRASSE"),
    ("Conor O'Brien", "Conor O’Brien"),
    ("Ада Лавлейс", "Автор: АДА"),
    ("प्रिया शर्मा", "प्रिया की नाव"),
    ("李明", "李明的画"),
    ("李 明", "作者李明"),
    ("王小明", "王小明的作品"),
    ("김민준", "김민준의 사진"),
    ("김 민준", "김민준의 사진"),
    ("김 민준", "민준의 사진"),
    ("김민준", "김민준의"),
    ("山田 太郎", "写真は山田太郎です"),
    ("さくら", "さくらの絵"),
    ("สมชาย ใจดี", "ภาพโดยสมชาย"),
]
OTHERS = [
    # Parts of two letters, of other words, and parts that are not together.
    ("Bo Li", "Bo peeps at the li of a dragon"),
    ("Ed Ng", "Posted nginx"),
    ("Bo", "Bo"),
    ("Zoe Brule", "Zoelle"),
    ("Ann A", "Annabel"),
    ("A B", "a, b, c"),
    ("李 明", "明日の李"),
    ("李", "李明"),
    ("まり", "あまり"),
    ("김 가", "각"),
    ("나가", "나각"),
    ("かか", "かが"),
    ("प्रिया", "प्रियाली"),
    ("", "Dusk"),
]


@pytest.mark.parametrize(("name", "text"), FOUND)
def test_a_name_is_found_in_a_text(name, text):
    assert Name(name, "a@example.org").is_in(text)


@pytest.mark.parametrize(("name", "text"), OTHERS)
def test_other_words_are_no_name(name, text):
    assert not Name(name, "a@example.org").is_in(text)


@pytest.mark.parametrize(
    ("text", "is_there"),
    [("Ask 7@QQ.example.", True), ("qq example", False), ("17@qq.example", False)],
)
def test_an_address_is_found_whole(text, is_there):
    assert Name("", "7@qq.example").is_in(text) is is_there
    assert not Name("", "").is_in(text)
    assert not Name("", "").is_in_bytes(text.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Bo Li", "BO LI"),
        ("Zoë Brûlé", "zoe brule"),
        ("Zoë Brûlé", "ZOË BRÛLÉ"),
        ("Zoë Brûlé", "Zoe\u0308 Bru\u0302le\u0301"),
        ("李明", "李明"),
        ("김 민준", "김민준"),
    ],
)
def test_a_name_is_found_in_bytes_of_each_encoding(name, text, encoding):
    data = b"\xff\xd8\x01" + text.encode(encoding) + b"\x7fG\0"
    assert Name(name, "a@example.org").is_in_bytes(data)
    assert not Name("Al Fa", "b@example.org").is_in_bytes(data)


@pytest.mark.parametrize("data", [b"Br\xfbl\xe9", b"&#26446;&#26126;"])
def test_a_name_is_found_as_older_files_write_it(data):
    assert Name("李明 Brûlé", "").is_in_bytes(data)


def test_short_parts_count_in_texts_of_people_alone():
    name = Name("Max Quill", "a@example.org")
    assert name.is_in("To the max")
    assert not name.is_in("Phone 14 Pro Max", LEAST_IN_FILE)
    assert not name.is_in_bytes(b"Phone 14 Pro Max")
    assert not Name("A B", "").is_in_bytes(b"a b c")
