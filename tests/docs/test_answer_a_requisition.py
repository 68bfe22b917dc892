"""docs/how-to/answer-a-requisition.md, block by block, as it stands; what the French page shows is asked once more, in French."""

from tests.docs.page import in_french, shows

PAGE = "how-to/answer-a-requisition.md"


def test_the_page_answers_a_requisition(shell, leg):
    leg("openssl")
    shell.environ["OPPOSABLE_HOME"] = str(shell.folder / "home")
    for (block, shown), (twin, french) in in_french(PAGE):
        said = shell.run(block.text)
        if shown:
            assert shows(shown.text, said), (block.line, said)
        if french:
            said = shell.run_in_french(twin.text)
            assert shows(french.text, said), (twin.line, said)
