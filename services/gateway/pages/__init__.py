"""The pages that staff work on. They hold no business state: they ask the services, and show."""
