"""Run as a program: ``kill.py FOLDER TIMES``. Ingests in a child that is killed (SIGKILL) at a random moment, again and again.

Prints JSON: how often it was killed, where it had come, and what the store holds at the end.
"""

import json
import os
import random
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path


def main(folder: Path, times: int) -> None:
    os.environ["OPPOSABLE_HOME"] = str(folder / "home")
    os.environ["DJANGO_SETTINGS_MODULE"] = "opposable.settings"
    from opposable.kernel import installation

    installation.create(folder / "home", "kill.example/2026", draw=True)
    import django

    django.setup()
    from django.db import connection

    from opposable.kernel import actors, clock, schema

    schema.bring_up_to_date()
    from opposable.systems.traffic import acts
    from opposable.systems.traffic.exchange import ingest
    from opposable.systems.traffic.models import Delivery, Segment, Source
    from tests.traffic import generate

    actor, now = actors.system("kill"), datetime(2026, 11, 26, 12, tzinfo=UTC)
    with clock.frozen(now):
        acts.declare_source(actor, slug="cgnat", title="c", format="csv", mapping=generate.NAT_MAPPING)
        files = []
        for number in range(times // 2):
            path = folder / f"{number}.csv"
            generate.nat_csv(path, date(2026, 11, 10), 40, seed=number)
            with path.open("a") as more:  # a second day in each file: two segments, two acts
                more.write(
                    generate.nat_csv(folder / "x", date(2026, 11, 20), 30, seed=number).read_text().split("\n", 1)[1]
                )
            files.append(path)
    connection.close()
    draw, killed, steps = random.Random(7), 0, []
    acknowledged: set[str] = set()
    attempt = 0
    while killed < times:
        attempt += 1
        reader, writer = os.pipe()
        stop_at = draw.randrange(1, 4) if attempt % 2 else 0
        delay = draw.uniform(0.001, 0.08)
        pid = os.fork()
        if not pid:
            os.close(reader)
            came: list[str] = []

            def step(name: str, came=came, stop_at=stop_at, writer=writer) -> None:
                came.append(name)
                if len(came) == stop_at:
                    os.write(writer, f"step {name}\n".encode())
                    os.kill(os.getpid(), signal.SIGKILL)

            if not stop_at:  # at any moment, also inside the engine: nobody handles this signal
                signal.setitimer(signal.ITIMER_REAL, delay)

            with clock.frozen(now):
                for path in files:
                    done = ingest.ingest_file(actor, Source.objects.get(), path, step)
                    os.write(writer, f"ack {path.name} {done.delivery.kept}\n".encode())
            os._exit(0)
        os.close(writer)
        said = b""
        while part := os.read(reader, 4096):
            said += part
        os.close(reader)
        _, status = os.waitpid(pid, 0)
        killed += os.WIFSIGNALED(status)
        for line in said.decode().splitlines():
            (steps.append(line[5:]) if line.startswith("step") else acknowledged.add(line.split()[1]))
    with clock.frozen(now):
        found = {one.name for one in Delivery.objects.all()}
        for path in files:
            ingest.ingest_file(actor, Source.objects.get(), path)
        from opposable.systems.traffic.store.sweeping import sweep

        swept = sweep(age=0)
        from opposable.kernel.audit.report import Report
        from opposable.systems.traffic.store import inspection

        report = Report()
        inspection.inspect(report)
        rows = sum(Segment.objects.values_list("rows", flat=True))
        on_disk = len(list((folder / "home" / "segments").rglob("*.parquet")))
        sys.stdout.write(json.dumps({
            "killed": killed, "attempts": attempt, "files": len(files), "steps": sorted(set(steps)), "lost": sorted(acknowledged - found), "rows": rows,
            "segments": Segment.objects.count(), "on_disk": on_disk, "swept": len(swept),
            "deliveries": Delivery.objects.count(), "faults": [one.line("en") for one in report.findings + report.notices],
        }))  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
