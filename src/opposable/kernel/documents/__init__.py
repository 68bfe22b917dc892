"""«Documents» : from the data of an act to a PDF/A-3 that anyone can check, signed, kept, and made again byte for byte.

document = issue(a, meeting, paper, data)      # inside a system's act
seal_document(actor, document=document)        # after it: PAdES and a time-stamp
rerender(document)                             # years later, from the log
"""

from opposable.kernel.documents.faults import DocumentErased, DocumentFault, OtherCompiler
from opposable.kernel.documents.files import DATA, drop_filed, drop_of, let_go, read
from opposable.kernel.documents.issuing import (
    SIGN,
    Paper,
    check_seal,
    data_of,
    installation_signer,
    installation_tsa,
    instant,
    issue,
    issue_document,
    next_version,
    owe_seal,
    rerender,
    seal_document,
    seal_statement,
)
from opposable.kernel.documents.rendering import compiler, render
from opposable.kernel.documents.signing import Check, check, sign
from opposable.kernel.documents.summary import bundle_summary_pdf, summary_data
from opposable.kernel.documents.template import Template

__all__ = [
    "DATA",
    "SIGN",
    "Check",
    "DocumentErased",
    "DocumentFault",
    "OtherCompiler",
    "Paper",
    "Template",
    "bundle_summary_pdf",
    "check",
    "check_seal",
    "compiler",
    "data_of",
    "drop_filed",
    "drop_of",
    "installation_signer",
    "installation_tsa",
    "instant",
    "issue",
    "issue_document",
    "let_go",
    "next_version",
    "owe_seal",
    "read",
    "render",
    "rerender",
    "seal_document",
    "seal_statement",
    "sign",
    "summary_data",
]
