"""SSM documents: content, versions, attachments and permissions."""
