"""What the benchmarks start: a data directory with a model in it, and the server as a process."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from bot.engine.training import model_path
from bot.settings import PROJECT_DIR, load_settings

HOST = "127.0.0.1"
MODELS = PROJECT_DIR / ".test-models"  # where tests keep the model for the present data, too
START_SECONDS = 900


def environment(data_dir: Path) -> dict[str, str]:
    """Return this process's environment with the settings of a benchmark, and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASKFIRST_")}
    return {**kept, "ASKFIRST_DATA_DIR": str(data_dir), "ASKFIRST_ORGANISATION": "Example Ltd"}


def provide_model(data_dir: Path) -> None:
    """Put the model for the present data in a data directory; train it once if there is none."""
    kept = model_path(load_settings(data_dir=MODELS))
    if not kept.exists():
        command = [sys.executable, "-m", "bot.cli", "train", "--accept", "--json"]
        subprocess.run(
            command, cwd=PROJECT_DIR, env=environment(MODELS), check=True, stdout=subprocess.DEVNULL
        )
    target = data_dir / "models" / kept.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        target.write_bytes(kept.read_bytes())


def free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


class ServerProcess:
    """`askfirst run` on a data directory; its output is in `server.log` there."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._port = free_port()
        self.url = f"http://{HOST}:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; return the seconds until `/readyz` said that it is ready."""
        self._data_dir.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        with (self._data_dir / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "run", "--host", HOST, "--port", str(self._port)],
                cwd=PROJECT_DIR,
                env=environment(self._data_dir),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not self._is_ready():
            assert self._process.poll() is None, f"it ended; see {self._data_dir}/server.log"
            assert time.perf_counter() - began < START_SECONDS, "it did not become ready"
            time.sleep(0.02)
        return time.perf_counter() - began

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()

    def memory_mb(self) -> float:
        """Return the memory of the process that is in RAM now, as Linux counts it."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def stop(self) -> None:
        """End it as an operator would, and without mercy if that takes more than 30 s."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
