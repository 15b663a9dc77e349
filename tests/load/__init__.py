"""A load profile of a company's day; `make load` plays it against a running system."""
