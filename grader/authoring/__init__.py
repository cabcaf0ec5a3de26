"""The author's gate: what `drill check` proves of a drill before anybody sits it."""
