"""The commands of the how-to page on workers, run as they are printed, on two machines that are addresses of one; what is shown, in French too."""

import tempfile

import pytest

from tests.docs.page import in_french, shows
from tests.legs import CLUSTER

PAGE = "how-to/add-workers.md"
DETAIL = r"""
now=$(date +%s)
for status in Start Stop; do
  printf 'x\n\tAcct-Status-Type = %s\n\tAcct-Session-Id = "1"\n\tUser-Name = "alice@isp"\n\tNAS-IP-Address = 10.0.0.1\n' $status
  printf '\tFramed-IP-Address = 100.64.0.7\n\tAcct-Session-Time = 600\n\tEvent-Timestamp = %d\n\tTimestamp = %d\n\n' $((now - 3600)) $((now - 3600))
done > detail
opposable init --origin isp.example/2026 --draw-passphrase
opposable traffic source aaa --title "RADIUS server" --format radius
opposable traffic ingest detail --source aaa
"""
MACHINES = """
ip link set lo up
ip address add 10.77.0.1/32 dev lo
ip address add 10.77.0.2/32 dev lo
ray() { python -m ray.scripts.scripts "$@"; }
"""


@pytest.mark.slow
def test_its_commands_say_what_it_shows(leg, shell):
    leg("cluster")
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        shell.run(
            f"export OPPOSABLE_HOME=$PWD/isp PYTHONPATH={CLUSTER} HEAD=10.77.0.1 WORKER=10.77.0.2 RAY_TMPDIR={folder}"
        )
        shell.run(DETAIL)
        ours, twins = zip(*in_french(PAGE), strict=True)
        commands = "\n".join([*(block.text for block, _ in ours), "export OPPOSABLE_LANG=fr", *_shown(twins).values()])
        (shell.folder / "all").write_text(f"set -eu\n{MACHINES}\n{commands}")
        said = shell.run("unshare -rn --pid --fork --kill-child --mount-proc sh all 2>all.err || (cat all.err; exit 1)")
    text = "".join([*_shown(ours), *_shown(twins)])
    assert shows(text, said), said


def _shown(blocks):
    """What the page shows, and the commands that say it."""
    return {after.text: block.text for block, after in blocks if after is not None}
