"""Three machines on one: Ray's head, two workers, each with an address and a table of processes of its own. Run in a network namespace.

python -m tests.traffic.machines HOME      prints what was found as JSON
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.traffic import producers

HEAD = "10.77.0.1:6390"


class Machine:
    """`ray start` in a process table of its own: killing its first process kills all of it, as when the current goes."""

    def __init__(self, number, *more):
        address = f"10.77.0.{number}"
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
        ray = [
            sys.executable,
            "-m",
            "ray.scripts.scripts",
            "start",
            "--block",
            "--disable-usage-stats",
            "--node-ip-address",
            address,
        ]
        self.process = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *ray, *more],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(60)


def sockets(folder):
    return len(list(Path(folder).glob("session_2*/sockets/raylet*")))


def main(home):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    os.environ |= {"OPPOSABLE_HOME": home, "DJANGO_SETTINGS_MODULE": "opposable.settings", "RAY_AUTH_MODE": "token",
                   "RAY_AUTH_TOKEN": "0123456789abcdef" * 4, "RAY_USAGE_STATS_ENABLED": "0",
                   "RAY_health_check_failure_threshold": "10"}  # fmt: skip
    with tempfile.TemporaryDirectory(
        prefix="ray-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:  # sockets want short names
        machines = [
            Machine(1, "--head", "--num-cpus=0", "--port=6390", "--include-dashboard=false", f"--temp-dir={folder}")
        ]
        try:
            producers.wait_for(lambda: producers.answers("10.77.0.1", 6390), "the head", 60)
            for number in (2, 3):  # one after the other: two that start at once take the same names for their sockets
                machines.append(Machine(number, f"--address={HEAD}", "--num-cpus=1"))
                producers.wait_for(lambda n=number: sockets(folder) >= n, f"worker {number}", 60)
            sys.stdout.write(json.dumps(story(*machines[1:])) + "\n")
        finally:
            for one in machines:
                one.kill()


def story(first, second):
    import django

    django.setup()
    from django.conf import settings

    from opposable.systems.traffic.store import cluster, reading
    from opposable.systems.traffic.store.selectors import BySubscriber

    now = datetime.now(UTC)
    asked = BySubscriber(subscriber="sub-0001", since=now - timedelta(days=40), until=now)
    alone = reading.find(asked)
    proofs = [reading.prove(one) for one in alone.rows[::25]]
    counted = reading.count(asked)

    settings.CONFIG = replace(settings.CONFIG, extra={"traffic": {"cluster": HEAD}})
    ray, _ = cluster._joined(HEAD)
    producers.wait_for(lambda: ray.cluster_resources().get("CPU") == 2, "both workers", 60)
    said = {"rows": len(alone.rows), "segments": alone.segments, "complete": alone.complete}
    said["same rows"] = reading.find(asked) == alone
    said["same count"] = reading.count(asked) == counted
    said["same proofs"] = [reading.prove(one) for one in alone.rows[::25]] == proofs
    gone = Path(settings.HOME / "segments" / "moved")
    path = next((settings.HOME / "segments" / "source").rglob("*.parquet"))
    path.rename(gone)
    said["one segment lost"] = [one.reason for one in reading.find(asked).missing]
    path.write_bytes(gone.read_bytes()[:-100])
    said["one segment damaged"] = [one.reason for one in reading.find(asked).missing]
    gone.rename(path)

    select, begun = cluster.select, []

    def killing(machine):
        """A reader that pulls the plug of a machine as the third segment is asked for: tasks are on it, and on their way to it."""

        def killed(*given):
            begun.append(given)
            if len(begun) == 3:
                machine.kill()
            return select(*given)

        begun.clear()
        return killed

    cluster.select = killing(first)
    said["one dead"] = reading.find(asked) == alone
    cluster.select = select
    said["still dead"] = reading.find(asked) == alone
    cluster.select = killing(second)
    try:
        said["both dead, under way"] = "whole" if reading.find(asked) == alone else "partial"
    except cluster.ClusterFault:
        said["both dead, under way"] = "fault"
    for name, ask in (("find", lambda: reading.find(asked)), ("prove", lambda: reading.prove(alone.rows[0]))):
        try:
            ask()
            said[f"both dead, {name}"] = "answered"
        except cluster.ClusterFault as fault:
            said[f"both dead, {name}"] = fault.text.en
    return said


if __name__ == "__main__":
    main(sys.argv[1])
