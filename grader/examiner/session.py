"""One examination from start to end: load the drill, run the suite, grade the ledger, report."""

from __future__ import annotations

import ast
import importlib.util
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import events, ledger
from grader import protocol as p
from grader.catalogue import Drill
from grader.errors import CatalogueError, SuiteError
from grader.examiner import tolerances
from grader.examiner.diagnosis import DiagnosisPlugin
from grader.examiner.failures import CandidateEnded, CheckFailed
from grader.examiner.plugin import Emit, SuitePlugin
from grader.examiner.subject import Subject
from grader.examiner.substitutes import SubstitutePlugin, TrialPlugin
from grader.examiner.tolerances import Tolerances
from grader.examiner.transport import LocalTransport, RemoteTransport
from grader.wire import Channel

PYTEST_OPTIONS = (
    "--import-mode=importlib", "--assert=plain", "--noconftest", "--strict-markers",
    *(f"-pno:{name}" for name in (
        "cacheprovider", "capture", "debugging", "doctest", "faulthandler", "junitxml", "legacypath", "logging",
        "monkeypatch", "nose", "pastebin", "recwarn", "setuponly", "setupplan", "stepwise", "subtests", "terminal",
        "threadexception", "tmpdir", "unittest", "unraisableexception", "warnings", "reports",
    )),
)  # fmt: skip
"""A bare pytest: nothing that writes, captures, collects other things or reads a configuration."""


def examine(receive: Callable[[], events.Examine | None], channel: Channel, emit: Emit) -> None:
    """Run one suite against the candidate behind `channel`, emitting events up to and with Finished.

    Args:
        receive: Waits for the request; asked when pytest is set up, which takes as long as many a suite. None: never mind.
        channel: To the candidate.
        emit: Takes the events.
    """
    waiting = Waiting(receive, channel, emit)
    status = pytest.main(["-c", "/dev/null", *PYTEST_OPTIONS], plugins=[waiting])
    if waiting.examination is not None:
        emit(waiting.examination.finished(status))


class Waiting:
    """A pytest plugin that holds pytest up, fully configured, until there is a suite to run."""

    def __init__(self, receive: Callable[[], events.Examine | None], channel: Channel, emit: Emit) -> None:
        self._receive = receive
        self._channel = channel
        self._emit = emit
        self.examination: Examination | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        request = self._receive()
        if request is None:
            return int(pytest.ExitCode.OK)
        self.examination = Examination(request, self._channel, self._emit)
        plugin = self.examination.begin()
        if plugin is None:
            return int(pytest.ExitCode.OK)
        suite = Path(request.drill_folder) / request.suite
        config.args[:] = [str(suite)]
        config._rootpath = suite.parent  # pytest names the module after its place below this
        config.pluginmanager.register(plugin)
        return None


class Examination:
    """The state of one examination."""

    def __init__(self, request: events.Examine, channel: Channel, emit: Emit) -> None:
        self._request = request
        self._emit = emit
        self._transport = RemoteTransport(channel, request.limits.check_s, request.limits.total_s)
        folder = Path(request.drill_folder)
        self._drill = Drill(request.drill_name, folder.parent.name, folder, Path(request.solution_folder))
        self._parsed: p.Parsed | None = None
        self._plugin: SuitePlugin | None = None
        self._end: events.Finished | None = None
        sys.pycache_prefix = request.bytecode_cache
        sys.dont_write_bytecode = request.bytecode_cache is None

    def begin(self) -> SuitePlugin | None:
        """The plugin that runs the suite; None where it is over already."""
        try:
            substitutes = self._request.mistakes or self._request.trials
            self._plugin = self._substitutes() if substitutes else self._suite()
        except (CatalogueError, SuiteError) as error:
            self._end = events.Finished("grader_error", str(error))
        return self._plugin

    def finished(self, status: int) -> events.Finished:
        """How it ended, once pytest is done."""
        plugin = self._plugin
        if self._end is not None or plugin is None:
            return self._end or events.Finished("grader_error", "the examination did not begin")
        suite = self._drill.folder / self._request.suite
        if status in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR) and not plugin.suite_error:
            plugin.suite_error = f"{suite}: pytest could not run it (exit status {int(status)})"
        if status == pytest.ExitCode.NO_TESTS_COLLECTED and not plugin.suite_error:
            plugin.suite_error = f"{suite}: there is no check in it"
        if plugin.suite_error:
            return events.Finished("grader_error", plugin.suite_error)
        if isinstance(plugin, DiagnosisPlugin):
            if plugin.found is not None:
                self._emit(events.MistakeRecognised(plugin.found.name))
        elif isinstance(plugin, TrialPlugin):
            pass  # each was told as it went
        elif plugin.ended is not None:
            return events.Finished(plugin.ended.verdict, str(plugin.ended))
        else:
            self._grade_ledger()
            if self._request.traced:
                self._report_arcs()
            if tolerances.watching is not None:
                self._emit(events.Tolerated(tolerances.watching.listed()))
        return events.Finished()

    def _suite(self) -> SuitePlugin | None:
        """Let the candidate read and load the file, and meanwhile ready the suite."""
        self._transport.post(p.Parse(self._request.source))
        self._transport.post(p.Load(list(self._drill.file.forbidden), self._request.traced))
        try:
            reply = self._transport.collect(self._request.limits.load_s)
        except CandidateEnded as ended:
            self._end = events.Finished("rejected", f"the file cannot be read by Python: {ended}")
            return None
        if isinstance(reply, p.Unparsable):
            where = f"line {reply.line}: " if reply.line else ""
            self._end = events.Finished("rejected", f"the file is not valid Python: {where}{reply.message}")
            return None
        if not isinstance(reply, p.Parsed):
            self._end = events.Finished("crashed", "the process that runs the submission answered out of turn")
            return None
        self._parsed = reply
        if self._request.watches_tolerances:
            tolerances.watching = Tolerances(self._drill.folder / self._request.suite)
        return SuitePlugin(
            self._drill, self._transport, self._reference(), self._load, self._request.seed, self._emit,
            hold_to_rubric=self._request.suite == events.HIDDEN_SUITE,
        )  # fmt: skip

    def _substitutes(self) -> SubstitutePlugin:
        """The plugin that runs files of the drill's own in place of a submission."""
        kind = DiagnosisPlugin if self._request.mistakes else TrialPlugin
        plugin = kind(
            self._drill, self._transport, self._reference(), lambda: None, self._request.seed, self._emit,
            hold_to_rubric=False,
        )  # fmt: skip
        plugin.forbidden = list(self._drill.file.forbidden)
        if isinstance(plugin, DiagnosisPlugin):
            plugin.prepare(self._request.mistakes, self._request.failing)
        else:
            plugin.trials = self._request.trials
        return plugin

    def _reference(self) -> Subject:
        return Subject(LocalTransport(load_reference(self._drill.reference)), "reference")

    def _load(self) -> None:
        """Wait for the submission to have loaded, and hold its entry points against the contract."""
        try:
            reply = self._transport.collect(self._request.limits.load_s)
        except CandidateEnded as ended:
            text = {"timed_out": "takes too long to load", "crashed": "ends the process while loading"}
            raise CandidateEnded(ended.verdict, text.get(ended.verdict, str(ended))) from None
        if isinstance(reply, p.Raised):
            where = f" at line {reply.line}: `{reply.text}`" if reply.line else ""
            verdict = "out_of_memory" if reply.out_of_memory else "crashed"
            raise CandidateEnded(verdict, f"raises {reply.type_name} while loading{where}: {reply.message}")
        if not isinstance(reply, p.Loaded):
            raise CandidateEnded("crashed", "answered out of turn while loading")
        signatures = list(read_signatures(self._drill))
        self._transport.post(p.Inspect(signatures))
        inspected = self._transport.collect(self._request.limits.load_s)
        if isinstance(inspected, p.Inspected) and inspected.problems:
            raise CheckFailed("; ".join(inspected.problems))

    def _report_arcs(self) -> None:
        reply, _ = self._transport.request(p.Report())
        if isinstance(reply, p.Reported):
            self._emit(events.Covered(reply.arcs))

    def _grade_ledger(self) -> None:
        assert self._parsed is not None
        source = random.Random(self._request.seed)
        rows = ledger.grade(self._drill.file.ledger, self._parsed.ledger, self._parsed.ledger_problem, source)
        for row in rows:
            outcome = "passed" if row.passed else "failed"
            self._emit(events.LedgerRowGraded(row.name, row.asks, row.expression, outcome, row.message))
            self._emit(events.CheckFinished(f"ledger[{row.name}]", outcome, row.message))


def load_reference(path: Path) -> Any:
    """Run the reference as a module. Raises SuiteError when it does not run."""
    specification = importlib.util.spec_from_file_location("reference", path)
    if specification is None or specification.loader is None:
        raise SuiteError(f"{path}: cannot be loaded")
    module = importlib.util.module_from_spec(specification)
    sys.modules["reference"] = module
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        raise SuiteError(f"{path}: {type(error).__name__}: {error}") from error
    return module


def read_signatures(drill: Drill) -> Iterator[p.Signature]:
    """How the contract calls each entry point, read off the starter without running it."""
    path = drill.folder / "starter.py"
    try:
        tree = ast.parse(drill.read("starter.py"))
    except SyntaxError as error:
        raise SuiteError(f"{path}:{error.lineno}: {error.msg}") from error
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = [signature_of(node, node.name, "function")]
        elif isinstance(node, ast.ClassDef):
            methods = [item for item in node.body if isinstance(item, ast.FunctionDef)]
            found[node.name] = [p.Signature(node.name, 0, [], [], "class")] if not methods else []
            for method in methods:
                is_property = any(isinstance(d, ast.Name) and d.id == "property" for d in method.decorator_list)
                if method.name == "__init__":
                    found[node.name].insert(0, signature_of(method, node.name, "class"))
                elif not method.name.startswith("_") and not is_property:
                    found[node.name].append(signature_of(method, f"{node.name}.{method.name}", "method"))
    for name in drill.file.entry_points:
        if name not in found:
            raise SuiteError(f"{path}: defines no {name}, which drill.toml names as an entry point")
        yield from found[name]


def signature_of(node: ast.FunctionDef, name: str, kind: Any) -> p.Signature:
    """Required arguments go by position, those with a default by name."""
    arguments = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    if kind != "function":
        arguments = arguments[1:]
    num_optional = len(node.args.defaults)
    required = arguments[: len(arguments) - num_optional]
    keyword_only = [argument.arg for argument in node.args.kwonlyargs]
    return p.Signature(name, len(required), arguments[len(required) :], keyword_only, kind)
