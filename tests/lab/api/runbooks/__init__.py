"""The language of Automation runbooks: content, parameters, values, branches."""
