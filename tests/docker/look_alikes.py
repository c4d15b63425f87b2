"""Images that stand for public ones, which tests cannot pull: the same programs, from Debian's packages.

They have the public names, so the project's files are tested as they are. `python` is this machine's Python on a
minimal Debian; `nginx` and `prometheus` are Debian's own; `grafana` is no Grafana: it answers the health check, and
shows which files were given to it.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.docker.engine import Engine
from tests.docker.programs import find_program
from tests.support.running_server import ROOT
from tools.prometheus import PROMETHEUS
from tools.prometheus import find_program as find_prometheus

PYTHON_IMAGE = "python:3.11-slim"
COMPOSE_FILE = ROOT / "docker" / "compose.yml"

_CACHE = ROOT / "build" / "docker"
_LIBRARIES = (
    "ca-certificates libbz2-1.0 libexpat1 libffi8 liblzma5 libncursesw6 libreadline8 libsqlite3-0 libssl3 libuuid1 "
    "netbase tzdata zlib1g"
)
# What this machine needs to reach the packages, and so does an image that is built on it.
_WAYS_OUT = ("/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")
_NOT_COPIED = shutil.ignore_patterns("site-packages", "test", "__pycache__", "*.a")


def find_public_name(repository: str) -> str:
    """Return the image of `repository` that the compose file asks for, with its tag."""
    (name,) = set(re.findall(rf"image: ({re.escape(repository)}:\S+)", COMPOSE_FILE.read_text()))
    return str(name)


def import_python(engine: Engine) -> None:
    """Give the engine a look-alike of the image that ours is built on; made once, which takes a minute."""
    archive = _CACHE / f"python-{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}.tar"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock, tempfile.TemporaryDirectory(dir=_CACHE) as name:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            _make_python(Path(name))
            (Path(name) / "image.tar").rename(archive)
    changes = ("--change", "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8")
    engine.run("import", *changes, "--change", 'CMD ["python3"]', str(archive), PYTHON_IMAGE)


def _make_python(folder: Path) -> None:
    root = folder / "root"
    debian = folder / "debian.tar"
    libraries = f"--include={_LIBRARIES.replace(' ', ',')}"
    _run([find_program("mmdebstrap"), "--quiet", "--variant=minbase", libraries, "bookworm", str(debian)])
    root.mkdir()
    _run(["tar", "--extract", "--file", str(debian), "--directory", str(root)])
    _copy_python(root / "usr" / "local")
    for file in map(Path, _WAYS_OUT):
        if file.exists():
            shutil.copy(file, root / file.relative_to("/"))
    _run(["chroot", str(root), "ldconfig"])
    _run(["chroot", str(root), "/usr/local/bin/python3", "-m", "ensurepip", "--root", "/"])
    (root / "usr" / "local" / "bin" / "pip").symlink_to("pip3")
    _run(["tar", "--create", "--file", str(folder / "image.tar"), "--directory", str(root), "."])


def _copy_python(target: Path) -> None:
    source = Path(sys.base_prefix)
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    shutil.copytree(source / "lib", target / "lib", symlinks=True, ignore=_NOT_COPIED, dirs_exist_ok=True)
    (target / "lib" / name / "site-packages").mkdir()
    shutil.copy(source / "bin" / name, target / "bin" / name)
    (target / "bin" / "python3").symlink_to(name)
    (target / "bin" / "python").symlink_to("python3")


def build_nginx(engine: Engine) -> str:
    """Give the engine a look-alike of nginx's image, which logs to where the public one does; return its name."""
    lines = [
        "COPY nginx /usr/sbin/nginx",
        "RUN mkdir -p /var/log/nginx /var/lib/nginx /usr/share/nginx && ln -s /dev/stderr /var/log/nginx/error.log",
        "STOPSIGNAL SIGQUIT",
        'CMD ["nginx", "-g", "daemon off;"]',
    ]
    return _build(engine, "nginx", lines, {"nginx": find_program("nginx")})


def build_prometheus(engine: Engine) -> str:
    """Give the engine a look-alike of Prometheus' image, with its user and its folder; return its name."""
    lines = [
        "COPY prometheus /bin/prometheus",
        "RUN mkdir /prometheus && chown 65534:65534 /prometheus",
        "USER 65534:65534",
        "WORKDIR /prometheus",
        'ENTRYPOINT ["/bin/prometheus"]',
    ]
    return _build(engine, "prom/prometheus", lines, {"prometheus": find_prometheus(PROMETHEUS)})


def build_grafana(engine: Engine) -> str:
    """Give the engine what stands for Grafana; return its name."""
    lines = [
        "COPY grafana.py /grafana.py",
        "RUN mkdir -p /var/lib/grafana && chown 472:0 /var/lib/grafana",
        "USER 472:0",
        'CMD ["python3", "/grafana.py"]',
    ]
    return _build(engine, "grafana/grafana", lines, {"grafana.py": str(Path(__file__).parent / "grafana.py")})


def _build(engine: Engine, repository: str, lines: list[str], files: dict[str, str]) -> str:
    """Build an image on the look-alike of Python's, with busybox' wget in it, as the public ones have."""
    name = find_public_name(repository)
    busybox = ["COPY busybox /usr/bin/wget"]
    with tempfile.TemporaryDirectory() as context:
        for file, source in {**files, "busybox": find_program("busybox")}.items():
            shutil.copy(source, Path(context) / file)
        (Path(context) / "Dockerfile").write_text("\n".join([f"FROM {PYTHON_IMAGE}", *busybox, *lines, ""]))
        engine.run("build", "--network", "host", "--tag", name, context)
    return name


def copy_image(image: str, source: Engine, target: Engine) -> None:
    """Have `target` know an image that `source` has."""
    docker = find_program("/usr/bin/docker")
    with subprocess.Popen([docker, "save", image], env=source.environment, stdout=subprocess.PIPE) as saving:
        loading = subprocess.run([docker, "load"], env=target.environment, stdin=saving.stdout, capture_output=True)
    assert (saving.returncode, loading.returncode) == (0, 0), loading.stderr.decode()


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert ended.returncode == 0, f"{command}: {ended.stderr}"
