"""The audit of the storage knows the files of campaigns."""

from __future__ import annotations

import io
import json
import os
import time

import pytest
from django.core.management import call_command

from campaigns.models import Campaign
from mycenas.storage import store
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db


def audited(*options):
    out = io.StringIO()
    call_command("audit_storage", *options, stdout=out)
    return out.getvalue()


def found(*options):
    report = json.loads(audited("--json", *options))
    return report["campaigns"], report["missing_pictures"]["campaigns"]


def test_files_of_no_campaign_are_listed_and_removed_and_lost_ones_named(
    settings, tmp_path
):
    settings.DATA_DIR = tmp_path
    picture = tmp_path / "picture"
    picture.write_bytes(b"picture")
    names = [f"{letter * 24}.webp" for letter in "abcd"]
    named, lost, unnamed, young = names
    for name in (named, lost):
        campaign = CampaignFactory()
        size = {"picture_width": 960, "picture_height": 480}
        Campaign.objects.filter(pk=campaign.pk).update(picture=name, **size)
    for name in (named, unnamed, young):
        store().save_creative(picture, name)
    then = time.time() - 3 * 24 * 3600
    for name in (named, unnamed):
        os.utime(tmp_path / "creatives" / name, (then, then))
    assert found() == ([unnamed], [lost])
    said = audited()
    assert f"{unnamed}: is of no campaign." in said
    assert f"{lost}: is missing; upload it again." in said
    assert found("--sweep-orphans") == ([unnamed], [lost])
    assert found() == ([], [lost])
    assert {one.key for one in store().creatives()} == {named, young}
