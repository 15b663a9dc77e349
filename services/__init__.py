"""The six services. Each is one folder with its manifest, slices and migrations; none imports another: they talk by
events only.
"""
