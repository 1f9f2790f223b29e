"""What PostgreSQL says about results, in words for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "result_inputs_have_digest": _(
        "The SHA-256 of the result is not that of its inputs. Nothing was stored."
    ),
    "result_ranking_has_digest": _(
        "The SHA-256 of the result is not that of its ranking. Nothing was stored."
    ),
    "result_as_in_documents": _(
        "Method, version or parameters of the result are not those of its documents. "
        "Nothing was stored."
    ),
    "result_sealed_once": _(
        "There is a result already. Another one needs the approval of a second person."
    ),
    "result_superseded_once": _("This result has been superseded already."),
    "result_once_per_approval": _(
        "With this approval a result was superseded already. Propose it again."
    ),
    "result_superseding_approved": _(
        "A result that supersedes another one needs an approval, and no other does."
    ),
    "result_supersedes_own": _("A result supersedes only one of the same subject."),
    "result_superseded_by_two": _(
        "Another result needs the proposal of one person and the confirmation of a "
        "second person for exactly its inputs."
    ),
    "result_stays": _("A result stays as it was sealed."),
}
