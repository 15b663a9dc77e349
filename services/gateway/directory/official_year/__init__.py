"""The days off and make-up workdays of a country's year: a proposal, until a person says that it is official."""
