"""Saved views: the filters of a list by name, a person's own or shared in their unit."""
