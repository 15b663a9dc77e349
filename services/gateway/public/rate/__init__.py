"""How much may come from one address, counted where every process sees it."""
