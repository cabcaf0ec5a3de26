"""Estimation rounds: a scenario with fresh numbers, a ledger of quantities to fill in, graded row by row.

Headless and pure: `template.load` reads a round's file, `draw.draw(template, seed)` gives a `Round`, and
`grading.grade(round, answers)` a `RoundResult`. The same seed draws the same numbers.
"""
