"""The recorded experiments behind the chapters: `tools.full` runs them."""
