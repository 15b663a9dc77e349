"""A company's day, played faster than it passes through the services' own APIs: for load, and to see that every promise
is explained and every client told once.
"""
