"""Confinement of the process that runs a submission: it sees the interpreter's libraries and a scratch folder.

Knows nothing of drills, suites or torch; `grader.sandbox.confine` is the door.
"""
