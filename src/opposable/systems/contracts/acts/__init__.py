"""The only writers: the library, drafting, approval, sending, signing, following."""

from opposable.systems.contracts.acts.dispatch import record_answer, release
from opposable.systems.contracts.acts.drafting import (
    amend,
    draft,
    insert_clause,
    put_change,
    put_clause,
    remove_clause,
    set_terms,
    submit,
)
from opposable.systems.contracts.acts.following import (
    add_obligation,
    answer_event,
    do_obligation,
    give_notice,
    plan_reversibility,
    record_event,
    review,
    try_reversibility,
)
from opposable.systems.contracts.acts.library import add_party, change_party, publish_clause, publish_template
from opposable.systems.contracts.acts.signing import adopt, record_signed_file, sign

__all__ = [
    "add_obligation",
    "add_party",
    "adopt",
    "amend",
    "answer_event",
    "change_party",
    "do_obligation",
    "draft",
    "give_notice",
    "insert_clause",
    "plan_reversibility",
    "publish_clause",
    "publish_template",
    "put_change",
    "put_clause",
    "record_answer",
    "record_event",
    "record_signed_file",
    "release",
    "remove_clause",
    "review",
    "set_terms",
    "sign",
    "submit",
    "try_reversibility",
]
