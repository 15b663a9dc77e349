"""The mechanisms that every service stands on. Imports no service."""
