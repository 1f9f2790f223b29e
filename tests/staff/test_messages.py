"""Messages on the pages of the admin."""

from __future__ import annotations

from django.contrib.messages import ERROR
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string

SENTENCE = "bo@example.org has the role “moderator” already."


def test_a_message_that_begins_with_an_address_keeps_its_letters():
    """Django's own template writes the first letter of each message large."""
    said = {"messages": [Message(ERROR, SENTENCE)]}
    page = render_to_string("admin/base_site.html", said)
    assert f'<li class="error">{SENTENCE}</li>' in page
