"""The record of practice: one SQLite database. Events of sessions, attempts with their texts, reviews, and sums kept beside."""
