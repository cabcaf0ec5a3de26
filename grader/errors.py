"""The errors of drill: what is ours to answer for. A submission's failure is a verdict and never one of these.

    DrillError
        CatalogueError
            UnknownDrill
        GraderError
            IsolationIncomplete
            SandboxUnavailable
            SuiteError
        LedgerError
"""


class DrillError(Exception):
    """Base of every error that drill raises on purpose."""


class GraderError(DrillError):
    """The grader could not do its work, so there is no verdict about the submission."""


class SandboxUnavailable(GraderError):
    """A confined process could not be started at all; a layer that is merely missing is reported, not raised."""


class CatalogueError(DrillError):
    """A drill, a card or the folder that holds them is not as it must be."""


class UnknownDrill(CatalogueError):
    """There is no drill of this name."""


class SuiteError(GraderError):
    """A hidden suite or a reference failed by itself; the message names file and line."""


class LedgerError(DrillError):
    """A ledger expression that cannot be read or evaluated; the message is for the person who wrote it."""


class IsolationIncomplete(GraderError):
    """A layer of isolation that was asked for is not in force, so the submission was not run."""
