"""Contracts owns contracts from draft to liquidation, redlines, signatures, numbers, advances and payments, deposits,
every approval, and matters: work plan, reports, incidents, costs, staffing, client decisions, materials, quality,
handover, archive. It never handles tickets.
"""
