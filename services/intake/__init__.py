"""Intake owns parties (clients, prospects, counterparties, their people and relations), inquiries and their source, the
conflict-of-interest gate, appointments, consultations, needs assessment, service plan and quotation. It never makes
contracts.
"""
