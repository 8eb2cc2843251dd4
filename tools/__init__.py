"""Helpers of the project's own development; nothing here is part of the installed collection."""
