"""Channels: the ways out of the house, behind one port: mail by SMTP, SMS by HTTP, or both as files in a folder."""
