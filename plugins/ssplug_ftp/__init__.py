"""Uploader `ftp`: files to an FTP server, over TLS if wished."""
