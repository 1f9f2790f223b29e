"""Declares which tables have a journal, and which columns it leaves out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Audited:
    """One audited table.

    ``left_out`` are secrets and noise that no audit row may hold; ``digested`` are
    bulky columns of which only an MD5 is kept, enough to see that they changed.
    """

    name: str
    table: str
    left_out: tuple[str, ...] = ()
    digested: tuple[str, ...] = ()

    @property
    def trigger(self) -> str:
        return f"{self.name}_audit"

    def sql(self) -> str:
        """SQL that attaches the one trigger function to the table."""
        arguments = f"'{','.join(self.left_out)}', '{','.join(self.digested)}'"
        return (
            f"CREATE TRIGGER {self.trigger}\n"
            f"  AFTER INSERT OR UPDATE OR DELETE ON {self.table}\n"
            f"  FOR EACH ROW EXECUTE FUNCTION audit({arguments});\n"
            f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {self.trigger};"
        )

    def reverse_sql(self) -> str:
        return f"DROP TRIGGER {self.trigger} ON {self.table};"
