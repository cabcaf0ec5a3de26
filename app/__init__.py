"""The front ends of drill."""
