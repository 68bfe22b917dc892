"""A process that is asked to end ends, wherever the signal finds it."""

import signal
import subprocess
import sys

WAITS = """
import sys, threading
from opposable.kernel import stopping
class Held:
    # the event's lock, taken as the main thread holds it while it begins or ends a wait
    def __init__(self): self.lock, self.event = threading.Lock(), threading.Event()
    def stop(self):
        with self.lock: self.event.set()
held = Held()
stopping.when_asked(held.stop)
with held.lock:
    print("held", flush=True)
    sys.stdin.readline()
held.event.wait()
print("ended")
"""


def test_a_signal_in_the_middle_of_what_holds_the_lock():
    for number in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen(
            [sys.executable, "-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "held\n"
            process.send_signal(number)
            said, _ = process.communicate("\n", timeout=120)
        assert (said, process.returncode) == ("ended\n", 0)
