"""What goes wrong with a document, in the words of the person who wanted it."""

from opposable.kernel.faults import Fault


class DocumentFault(Fault):
    """«Document» that cannot be rendered, read, compared or signed."""


class DocumentErased(DocumentFault):
    """Its data, or its bytes, were erased by rule: nothing is left to compare."""


class OtherCompiler(DocumentFault):
    """The bytes differ, and another version of the compiler made them: the comparison says nothing."""
