"""The demo company: made up, marked as such, a stranger to every real company of the installation."""
