"""A reader's machine for one document: a fresh directory, a shell, further terminals, a daemon.

The documents name paths and addresses of a real machine. Where a test may not take these, the text of a command is changed
before it runs, and its output is changed back:
    /var/lib/breakerd, /backup, /run/breakerd    folders below the session's directory
    127.0.0.1:8080                               a port that is free
    https://api.example.org/enrich               a service of the test, which answers 200
"""
import contextlib
import http.server
import os
import pathlib
import pwd
import re
import select
import shutil
import signal
import subprocess
import tempfile
import threading

PATIENCE = 120  # seconds, for anything at all: a bound, never a pause


def kill_group(leader):
    """Whether there was anything of it left."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Failed(Exception):
    pass


class Service(http.server.BaseHTTPRequestHandler):
    """The dependency that examples speak of."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"company":"Analytical Engines"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Terminal:
    """A shell of its own with something in the foreground. `serving` is set when a breakerd in it says that it serves."""

    SERVING = re.compile(r" serving .* on http://")

    def __init__(self, command, directory, environment, line):
        self.line = line  # of the document
        self.serving = threading.Event()
        self.ended = threading.Event()
        self.log = []
        self.process = subprocess.Popen(
            ["bash", "-eu", "-c", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.log.append(line)
            if self.SERVING.search(line):
                self.serving.set()
        self.process.wait()
        self.ended.set()
        self.serving.set()

    def wait_until_it_serves(self):
        if not self.serving.wait(PATIENCE) or self.ended.is_set():
            raise Failed("no daemon serves:\n" + "".join(self.log))

    def port(self):
        return next(found.group(1) for line in self.log if (found := re.search(r"on http://127\.0\.0\.1:(\d+)", line)))

    def interrupt(self):
        """Ctrl-C. Returns the exit status."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself: its status says how
                os.killpg(self.process.pid, signal.SIGINT)
        if not self.ended.wait(PATIENCE):
            raise Failed("it does not end at Ctrl-C:\n" + "".join(self.log))
        return self.process.returncode


class Session:
    """`installed`: breakerd and breakerctl are in the PATH, and the daemon's directory is /var/lib/breakerd; else they
    are in the folder build/release of a checkout, which is the current directory, and the daemon's directory is ./data."""

    def __init__(self, source, breakerd, breakerctl, installed):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="documents-"))
        self.terminals, self.count, self.port = [], 0, None
        self.home = self.directory / "checkout"
        for folder in ("checkout/build", "bin", "var/lib", "backup"):
            (self.directory / folder).mkdir(parents=True)
        for name in ("dev", "docs", "tests"):
            (self.home / name).symlink_to(pathlib.Path(source) / name)
        (self.home / "build/release").symlink_to(pathlib.Path(breakerd).parent)
        for program in (breakerd, breakerctl):
            (self.directory / "bin" / pathlib.Path(program).name).symlink_to(program)

        self.service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
        threading.Thread(target=self.service.serve_forever, daemon=True).start()

        self.environment = {name: os.environ[name] for name in ("PATH", "HOME", "USER", "LANG") if name in os.environ}
        self.environment |= {"BREAKERD_PORT": "0", "TZ": "UTC", "http_proxy": "", "PS1": "$ "}
        self.data = self.home / "data"
        if installed:
            self.data = self.directory / "var/lib/breakerd"
            self.environment["PATH"] = f"{self.directory}/bin:{self.environment['PATH']}"
            self.environment["BREAKERD_SOCKET"] = f"{self.data}/breakerd.sock"
        self.installed, self.breakerd = installed, breakerd
        self.shell = None

    def here(self, text):
        """The command as it runs here."""
        for path in ("/var/lib/breakerd", "/backup", "/run/breakerd"):
            text = re.sub(rf"(?<![\w.-]){path}\b", f"{self.directory}{path}", text)
        if self.port:
            text = text.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")
        return text.replace("https://api.example.org/enrich", f"http://127.0.0.1:{self.service.server_port}/enrich")

    def there(self, text):
        """The output as it is on the machine that the document speaks of."""
        text = text.replace(f"{self.home}", "~/breakerd").replace(f"{self.directory}", "")
        text = text.replace(f"local:{pwd.getpwuid(os.getuid()).pw_name}", "local:alice")
        return text.replace(f"127.0.0.1:{self.port}", "127.0.0.1:8080") if self.port else text

    def start_daemon(self):
        """The one that a document takes for granted."""
        self.open_terminal(f"{self.breakerd} --data-dir {self.data}")

    def open_terminal(self, command, line=0):
        """Runs it in a terminal of its own and waits until a daemon serves there. Gives the lines printed until then."""
        terminal = Terminal(self.here(command), self.home, self.environment, line)
        self.terminals.append(terminal)
        terminal.wait_until_it_serves()
        self.port = terminal.port()
        self.environment["BREAKERD_PORT"] = self.port
        if not self.installed:
            self.environment["BREAKERD_ADDRESS"] = f"http://127.0.0.1:{self.port}"
        serving = next(index for index, line in enumerate(terminal.log) if Terminal.SERVING.search(line))
        return self.there("".join(terminal.log[:serving + 1])).splitlines()

    def run(self, command):
        """(exit status, output) of it in the session's shell."""
        if self.shell is None:
            self.open_shell()
        self.count += 1
        script, output = self.directory / f"command-{self.count}", self.directory / f"output-{self.count}"
        script.write_text(self.here(command) + "\n")
        self.shell.stdin.write(f". {script} >{output} 2>&1 </dev/null; echo $? >&{self.answers[1]}\n")
        self.shell.stdin.flush()
        if not select.select([self.answers[0]], [], [], PATIENCE)[0]:
            raise Failed(f"it does not come to its end:\n{output.read_text()}")
        answer = os.read(self.answers[0], 64).decode()
        return int(answer), self.there(output.read_text())

    def open_shell(self):
        self.answers = os.pipe()
        self.shell = subprocess.Popen(["bash", "--norc", "--noprofile"], cwd=self.home, env=self.environment,
                                      stdin=subprocess.PIPE, text=True, pass_fds=[self.answers[1]],
                                      start_new_session=True)

    def end(self):
        """Ends everything. Gives (line, what is wrong) of each terminal that does not end well."""
        faults = []
        for terminal in reversed(self.terminals):
            status = terminal.interrupt()
            if status != 0:
                faults.append((terminal.line, f"the daemon's terminal ended with {status}:\n{''.join(terminal.log)}"))
        if self.shell is not None:
            self.shell.stdin.close()
            self.shell.wait()
            if kill_group(self.shell.pid):
                faults.append((0, "a command of the document went on behind its end"))
        self.service.shutdown()
        self.service.server_close()
        shutil.rmtree(self.directory)
        return faults

    def abandon(self):
        """Whatever happened, nothing is left."""
        for terminal in self.terminals:
            kill_group(terminal.process.pid)
        if self.shell is not None:
            kill_group(self.shell.pid)
            self.shell.wait()
        self.service.shutdown()
        shutil.rmtree(self.directory, ignore_errors=True)
