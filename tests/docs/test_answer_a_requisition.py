"""docs/how-to/answer-a-requisition.md, block by block, as it stands."""

from tests.docs.page import pairs, shows

PAGE = "how-to/answer-a-requisition.md"


def test_the_page_answers_a_requisition(shell, leg):
    leg("openssl")
    shell.environ["OPPOSABLE_HOME"] = str(shell.folder / "home")
    for block, shown in pairs(PAGE):
        said = shell.run(block.text)
        if shown:
            assert shows(shown.text, said), (block.line, said)
