"""The commands of the how-to page on object storage, run as they are printed, against moto's server; what the French page shows, once more in French."""

import boto3
import pytest

from tests.docs.page import in_french, shows

PAGE = "how-to/move-to-object-storage.md"


@pytest.fixture
def objects(monkeypatch):
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    client = boto3.client("s3", "us-east-1", endpoint_url=endpoint, aws_access_key_id="id", aws_secret_access_key="s")
    client.create_bucket(Bucket="isp")
    yield endpoint
    server.stop()


@pytest.mark.slow
def test_its_commands_say_what_it_shows(objects, shell):
    shell.run(f"export OBJECTS={objects} OPPOSABLE_HOME=$PWD/isp NO_PROXY=127.0.0.1 no_proxy=127.0.0.1")
    shell.run("opposable init --origin isp.example/2026 --draw-passphrase")
    for (block, after), (twin, french) in in_french(PAGE):
        said = shell.run(block.text)
        if after is not None:
            assert shows(after.text, said), f"{PAGE}:{after.line}\n{said}"
        if french:
            if "--to bucket" in twin.text:
                shell.run("opposable traffic move --to disk")  # so that there is something to move again
            said = shell.run_in_french(twin.text)
            assert shows(french.text, said), f"{PAGE}, French:{french.line}\n{said}"
