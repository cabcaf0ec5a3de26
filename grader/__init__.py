"""The headless grader: catalogue, engine, confined candidates, examiners and results. It never imports `app`."""
