#!/usr/bin/env python3
"""A worker for breakerd, with nothing but Python's standard library.

    worker.py [ADDRESS]     default: $BREAKERD_ADDRESS, else http://127.0.0.1:8080

Put your own work into do_job(). Ctrl-C or SIGTERM: it finishes the job it has, then ends.
"""
import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("BREAKERD_ADDRESS", "http://127.0.0.1:8080")
WORKER = f"{socket.gethostname()}:{os.getpid()}"
LEASE_MS = int(os.environ.get("LEASE_MS", "30000"))
WAIT_MS = min(LEASE_MS // 3, 30000)  # how long a heartbeat waits for a stop
JOB_WAIT_MS = 5000  # how long a lease waits for a job, and so how long this worker may take to end
ending = threading.Event()


class JobFailed(Exception):
    """The job's own fault: it is tried again after a while, up to its max_attempts."""


class ServiceFailed(Exception):
    """The fault of something that all jobs need: the circuit opens, and every worker stops."""


class Stopped(Exception):
    """The work was given up, because `stop` was set."""


def do_job(payload, stop):
    """Fetches payload["url"]. Gives the job's result; looks at `stop` now and then."""
    try:
        url = payload["url"]
    except (TypeError, KeyError):
        raise JobFailed("the payload has no url") from None
    size = 0
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            while piece := answer.read1(65536):
                size += len(piece)
                if stop.is_set():
                    raise Stopped
    except urllib.error.HTTPError as error:
        kind = ServiceFailed if error.code in (408, 429) or error.code >= 500 else JobFailed
        raise kind(f"{url} answered {error.code}") from None
    except ValueError as error:  # not a URL
        raise JobFailed(str(error)) from None
    except (OSError, http.client.HTTPException) as error:
        raise ServiceFailed(f"{url}: {error}") from None
    return {"bytes": size}


def call(path, body):
    """One POST. Gives the status and the answer. Asks again while breakerd is away or says 503: a report that came
    through although its answer was lost is refused the second time with 409, which does no harm."""
    pause = 0.1
    while True:
        request = urllib.request.Request(f"{ADDRESS}/api/v1{path}", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=70) as answer:
                return answer.status, json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code != 503:
                return error.code, json.load(error)
        except (OSError, http.client.HTTPException):
            pass
        if ending.wait(pause):
            sys.exit("breakerd is away: what is leased goes back when its lease ends")
        pause = min(2 * pause, 5)


def keep_lease(job, stop, done):
    """One heartbeat after the other, each of which waits for a stop. Sets `stop` when the work should be given up, or
    when the lease is lost."""
    while not done.wait(0.1):
        status, answer = call(f"/jobs/{job['id']}/heartbeat", {"token": job["token"], "wait_ms": WAIT_MS})
        if status != 200 or answer["stop"]:
            return stop.set()


def run(job):
    stop, done = threading.Event(), threading.Event()
    threading.Thread(target=keep_lease, args=(job, stop, done), daemon=True).start()
    report = {"token": job["token"]}
    try:
        report["result"], end = do_job(job["payload"], stop), "complete"
    except Stopped:
        end = "release"
    except ServiceFailed as error:
        report.update(error=str(error), error_type="service", service=job["service"] or "web")
        end = "fail"
    except Exception as error:  # JobFailed, or a fault of do_job()
        report.update(error=str(error) or repr(error), error_type=type(error).__name__)
        end = "fail"
    done.set()
    status, answer = call(f"/jobs/{job['id']}/{end}", report)
    print(f"job {job['id']}: {end}, {answer['status'] if status == 200 else answer['detail']}", flush=True)


def main():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    while not ending.is_set():
        asked = time.monotonic()
        status, answer = call("/leases",
                              {"worker": WORKER, "max": 1, "lease_ms": LEASE_MS, "wait_ms": JOB_WAIT_MS})
        if status != 200:
            sys.exit(answer["detail"])
        for job in answer["jobs"]:
            run(job)
        if not answer["jobs"] and time.monotonic() - asked < 1:  # breakerd is about to stop
            ending.wait(1)


main()
