"""Widgets that more than one screen uses, or that would crowd their screen's module."""
