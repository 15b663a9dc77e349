"""The customer-support tracking record (Form no. 1): nine columns of every request, on screen and as a file."""
