"""What Django's own pages teach: a ModelForm with a FileField; no hash, no fsync.

``/thumbnails/`` makes three pictures before it answers, as many sites do.
"""

from __future__ import annotations

import os
from pathlib import Path

import django
import django_stubs_ext
from django.conf import settings
from environ import Env

django_stubs_ext.monkeypatch()
FOLDER = Path(os.environ["PEER_FOLDER"])

settings.configure(
    SECRET_KEY="only-for-a-measurement",  # noqa: S106  serves loopback for a minute
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MEDIA_ROOT=str(FOLDER),
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {
            **Env.db_url_config(os.environ["DATABASE_URL"]),
            "ENGINE": "django.db.backends.postgresql",
            "CONN_MAX_AGE": None,
        }
    },
)
django.setup()

from django import forms  # noqa: E402  Django must know its settings first
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from PIL import Image  # noqa: E402

WIDTHS = (1920, 960, 320)


class Picture(models.Model):
    title = models.CharField(max_length=160)
    file = models.FileField(upload_to="pictures")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "peer"
        db_table = "peer_picture"

    def __str__(self) -> str:
        return self.title


class PictureForm(forms.ModelForm[Picture]):
    class Meta:
        model = Picture
        fields = ("title", "file")


def upload(request: HttpRequest) -> HttpResponse:
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return HttpResponse(str(form.errors), status=422)
    form.save()
    return HttpResponse("thank you", status=202)


def thumbnails(request: HttpRequest) -> HttpResponse:
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return HttpResponse(str(form.errors), status=422)
    picture = form.save()
    for width in WIDTHS:
        with Image.open(picture.file.path) as image:
            image.thumbnail((width, width))
            image.save(f"{picture.file.path}-{width}.webp", "WEBP")
    return HttpResponse("thank you", status=202)


urlpatterns = [path("upload/", upload), path("thumbnails/", thumbnails)]
application = WSGIHandler()
