"""The house's own rules, held where import contracts cannot express them."""
