"""A pytest plugin that tells the runner on descriptor 3 what happens. It changes nothing but what a filter leaves out."""

import inspect
import json
import os
import re

import pytest

_BRIEF = "UNIFIED_TEST_RUNNER_BRIEF"
_EVENTS = 3
_LONGEST = 16384


def _cut(text):
    text = str(text)
    return text if len(text) <= _LONGEST else "%s... (%d characters)" % (text[:_LONGEST], len(text))


class _Reporter:
    def __init__(self, brief, config):
        self.brief = brief
        self.config = config
        self.process = os.getpid()
        self.expected = set()
        self.ended = set()
        self.reported = 0
        self.durations = {}

    def send(self, event):
        # What a test forks has the descriptor, too, and nothing to say.
        if os.getpid() != self.process:
            return
        data = (self.brief["token"] + " " + json.dumps(event) + "\n").encode()
        while data:
            data = data[os.write(_EVENTS, data):]

    def test(self, path, verdict, ms, **more):
        self.reported += 1
        self.send({"k": "test", "path": path, "verdict": verdict, "ms": ms, **{k: v for k, v in more.items() if v is not None}})

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config, items):
        grep = re.compile(self.brief["grep"]) if self.brief["grep"] is not None else None
        lines = self.brief["lines"]
        chosen = [
            item
            for item in items
            if (grep is None or grep.search(" > ".join(_path(item.nodeid))))
            and (not lines or any(_holds(item, line) for line in lines))
        ]
        left = [item for item in items if item not in chosen] if len(chosen) < len(items) else []
        if left:
            config.hook.pytest_deselected(items=left)
            self.send({"k": "filtered", "count": len(left)})
            items[:] = chosen

    def pytest_collection_finish(self, session):
        self.expected = {item.nodeid for item in session.items}

    def pytest_collectreport(self, report):
        if report.failed:
            self.send({"k": "broken", "error": _failure(report, self.config)})
        elif report.skipped:
            self.test([os.path.basename(report.nodeid) or report.nodeid], "skipped", 0, reason=_skip_reason(report))

    def pytest_runtest_logstart(self, nodeid, location):
        self.durations[nodeid] = 0
        self.send({"k": "start", "path": _path(nodeid)})

    def pytest_runtest_logreport(self, report):
        nodeid = report.nodeid
        ms = self.durations.get(nodeid, 0) + report.duration * 1000
        self.durations[nodeid] = ms
        path = _path(nodeid)
        at = _place(report, self.config)
        expected_to_fail = getattr(report, "wasxfail", None)
        if report.when == "teardown":
            if report.failed:
                # Its result stands; that it could not be put away is a failure beside it, as pytest counts it.
                self.test(path[:-1] + [path[-1] + " (teardown)"], "failed", ms, at=at, error=_failure(report, self.config))
        elif report.failed:
            self.test(path, "failed", ms, at=at, error=_failure(report, self.config))
        elif report.skipped and expected_to_fail is not None:
            self.test(path, "todo", ms, at=at, reason=_expected(expected_to_fail))
        elif report.skipped:
            self.test(path, "skipped", ms, at=at, reason=_skip_reason(report))
        elif report.when == "call":
            self.test(path, "passed", ms, at=at)
            if expected_to_fail is not None:
                self.send({"k": "note", "path": path, "text": "passed although it is marked: " + _expected(expected_to_fail)})

    def pytest_runtest_logfinish(self, nodeid, location):
        self.ended.add(nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session, exitstatus):
        # 0 passed, 1 failed, 5 without tests: it has come to its own end. All else was cut off.
        if int(exitstatus) not in (0, 1, 5):
            return
        stopped = bool(session.shouldfail or session.shouldstop)
        missing = 0 if stopped else len(self.expected - self.ended)
        self.send({"k": "end", "count": self.reported + missing})


def _path(nodeid):
    """`tests/test_a.py::TestCart::test_adds[a::b]` without its file."""
    bracket = nodeid.find("[")
    head, tail = (nodeid, "") if bracket < 0 else (nodeid[:bracket], nodeid[bracket:])
    parts = head.split("::")
    parts[-1] += tail
    return parts[1:] or parts


def _holds(item, line):
    for thing in (getattr(item, "function", None), getattr(item, "cls", None)):
        if thing is None:
            continue
        try:
            source, first = inspect.getsourcelines(thing)
        except (OSError, TypeError):
            continue
        # On a class it is its own line that means all of it.
        last = first + len(source) - 1 if thing is not getattr(item, "cls", None) else first
        if first <= line <= last:
            return True
    return False


def _place(report, config):
    file, line, _ = report.location
    if line is None:
        return None
    return {"file": os.path.join(str(config.rootpath), file), "line": line + 1}


def _expected(reason):
    return "expected to fail" + (": " + reason if reason else "")


def _skip_reason(report):
    longrepr = report.longrepr
    reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return re.sub(r"^Skipped: ", "", reason) or None


def _failure(report, config):
    longrepr = report.longrepr
    crash = getattr(longrepr, "reprcrash", None)
    text = _cut(report.longreprtext)
    if crash is None:
        last = text.strip().split("\n")[-1]
        return {**_named(re.sub(r"^E +", "", last)), "stack": text, **_syntax_place(text)}
    return {**_named(crash.message), "stack": text, "at": _user_place(longrepr, crash, config)}


def _named(message):
    match = re.match(r"^((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*): ?(.*)", message, re.S)
    if match and re.search(r"(Error|Exception|Warning|Exit|Interrupt|Failed|Failure)$", match.group(1)):
        return {"name": match.group(1).split(".")[-1], "message": _cut(match.group(2))}
    return {"name": "AssertionError" if message.startswith("assert") else "Error", "message": _cut(message)}


def _user_place(longrepr, crash, config):
    """The innermost line that is not a dependency's."""
    traceback = getattr(longrepr, "reprtraceback", None)
    for entry in reversed(getattr(traceback, "reprentries", [])):
        place = getattr(entry, "reprfileloc", None)
        if place is not None and not re.search(r"(site|dist)-packages|/lib/python", place.path):
            file = os.path.join(str(getattr(config, "invocation_params").dir), place.path)
            return {"file": file, "line": max(1, int(place.lineno))}
    return {"file": str(crash.path), "line": max(1, int(crash.lineno))}


def _syntax_place(text):
    places = re.findall(r'File "([^"\n]+)", line (\d+)', text) or re.findall(r"^(\S+?):(\d+): in ", text, re.M)
    if not places:
        return {}
    file, line = places[-1]
    return {"at": {"file": os.path.abspath(file), "line": int(line)}}


def pytest_configure(config):
    # A worker of pytest-xdist reports to its controller, which reports here.
    if hasattr(config, "workerinput"):
        return
    brief = os.environ.pop(_BRIEF, None)
    if brief is None:
        return
    reporter = _Reporter(json.loads(brief), config)
    config.pluginmanager.register(reporter, "unified-test-runner")
    reporter.send({"k": "hello"})
