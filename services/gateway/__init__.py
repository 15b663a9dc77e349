"""The gateway owns the pages, the public pages, the way in for API calls, and the directory: staff, units, roles,
substitutes, closures, authority table. It never takes a business decision.
"""
