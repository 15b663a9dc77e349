"""What every page needs, for staff and clients alike: language, session, forgery check, headers, forms, assets."""
