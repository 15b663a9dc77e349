"""Events as CloudEvents 1.0: what one looks like, which exist, what each carries.

An event is the published language between the services and with everybody else's systems. Within a version it only
ever gains optional fields; readers ignore what they do not know.
"""
