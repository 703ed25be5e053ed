"""Talkback driver `null`: takes sound and plays it nowhere."""
