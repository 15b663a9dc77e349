"""Units: companies, branches and departments, as a tree."""
