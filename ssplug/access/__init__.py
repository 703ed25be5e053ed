"""Accounts and what they may."""
