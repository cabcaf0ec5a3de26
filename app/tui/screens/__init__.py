"""One screen, one module. A screen shows state and sends actions."""
