"""Timed practice, pure: clock, session, costs, rating, schedule, statistics, interview. No files, no store, no screen."""
