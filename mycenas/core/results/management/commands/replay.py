from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mycenas.core.results.models import Result
from mycenas.core.results.workflow import recounted


class Command(BaseCommand):
    help = "Counts the inputs of a sealed result again and compares byte for byte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("result", type=int, help="the number of the result")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["result"]
        result = Result.objects.filter(pk=number).first()
        if result is None:
            raise CommandError(f"There is no result {number}.")
        self.stdout.write(f"inputs {result.inputs_sha256}")
        self.stdout.write(f"ranking {result.ranking_sha256}")
        if recounted(result) != bytes(result.ranking):
            raise CommandError("Counting the inputs does not make this ranking.")
        self.stdout.write("The result is reproduced byte for byte.")
